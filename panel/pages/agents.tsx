// The page of who uses this daemon.

import { hrefTo } from "../find.ts";
import type { Page } from "../page.ts";
import { Agents } from "../parts/agents.tsx";
import { Pager } from "../parts/table.tsx";
import type { AgentReport, ListOf } from "../replies.ts";

interface Data {
  agents: AgentReport[];
  next: string | undefined;
}

export const agents: Page<Data> = {
  path: "/agents",
  asks: ["cursor"],
  title: () => "Agents",
  async load(get, { query }) {
    const cursor = query.get("cursor");
    const path = hrefTo("/agents", {}, { limit: "100", cursor });
    const { agents, next_cursor } = await get<ListOf<"agents", AgentReport>>(path);
    return { agents, next: next_cursor };
  },
  follows: () => "",
  View({ data: { agents, next }, place }) {
    return (
      <>
        <Agents rows={agents} empty={<NobodyYet />} />
        <Pager place={place} next={next} />
      </>
    );
  },
};

function NobodyYet() {
  return (
    <p>
      No agent has connected yet. Whoever defines or runs a workflow is listed here; the{" "}
      <a href="/">dashboard</a> says how to connect.
    </p>
  );
}
