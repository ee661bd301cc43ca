// The page of who uses this daemon.

import { hrefTo } from "../find.ts";
import type { Page } from "../page.ts";
import { Said, When } from "../parts/marks.tsx";
import { type Column, Pager, RowLink, Table } from "../parts/table.tsx";
import type { AgentReport, ListOf } from "../replies.ts";

interface Data {
  agents: AgentReport[];
  next: string | undefined;
}

const COLUMNS: Column<AgentReport>[] = [
  {
    head: "Agent",
    cell: ({ id }) => (
      <RowLink href={hrefTo("/workflows", {}, { agent_id: id })}>
        <Said text={id} />
      </RowLink>
    ),
  },
  { head: "Name", cell: ({ name }) => <Said text={name} />, wide: true },
  { head: "Type", cell: ({ type }) => type, wide: true },
  count("Active", "active"),
  count("Suspended", "suspended"),
  count("Failed", "failed"),
  { ...count("Completed", "completed"), wide: true },
  {
    head: "Decisions",
    cell: ({ pending_decisions: asked }) => asked === 0 ? <Nothing /> : asked,
    end: true,
  },
  { head: "Known since", cell: ({ created_at }) => <When at={created_at} />, wide: true },
  { head: "Last seen", cell: ({ last_seen_at }) => <When at={last_seen_at} />, end: true },
];

function count(head: string, status: keyof AgentReport["runs"]): Column<AgentReport> {
  return {
    head,
    cell: ({ id, runs }) =>
      runs[status] === 0
        ? <Nothing />
        : <a href={hrefTo("/workflows", {}, { agent_id: id, status })}>{runs[status]}</a>,
    end: true,
  };
}

function Nothing() {
  return <span class="none">0</span>;
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
  View({ data: { agents, next }, place }) {
    return (
      <>
        <Table
          label="Agents"
          columns={COLUMNS}
          rows={agents}
          keyOf={({ id }) => id}
          empty={<p>No agent has connected yet.</p>}
        />
        <Pager place={place} next={next} />
      </>
    );
  },
};
