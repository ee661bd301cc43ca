// The page of all runs.

import { hrefTo } from "../find.ts";
import type { Page } from "../page.ts";
import { type Field, Filters } from "../parts/filters.tsx";
import { Runs } from "../parts/runs.tsx";
import { Pager } from "../parts/table.tsx";
import type { AgentReport, ListOf, RunRow } from "../replies.ts";

interface Data {
  runs: RunRow[];
  next: string | undefined;
  agents: string[];
}

const STATUSES = [
  "active",
  "suspended",
  "interrupted",
  "failed",
  "completed",
  "cancelled",
  "pending",
];
const ROWS = "50";
/** What the address may ask for beside the page. */
const ASKED = ["status", "agent_id", "search", "template_name", "id", "since", "cursor"];

export const workflows: Page<Data> = {
  path: "/workflows",
  title: () => "Workflows",
  async load(get, { query }) {
    const asked = ASKED.map((name) => [name, query.get(name)] as const);
    const [{ runs, next_cursor }, { agents }] = await Promise.all([
      get<ListOf<"runs", RunRow>>(
        hrefTo("/runs", {}, { ...Object.fromEntries(asked), limit: ROWS }),
      ),
      get<ListOf<"agents", AgentReport>>("/agents?limit=200"),
    ]);
    return { runs, next: next_cursor, agents: agents.map(({ id }) => id) };
  },
  follows: () => "",
  View({ data: { runs, next, agents }, place }) {
    const fields: Field[] = [
      { name: "status", label: "Status", kind: "choice", of: STATUSES, any: "all" },
      { name: "agent_id", label: "Agent", kind: "choice", of: agents, any: "all" },
      { name: "search", label: "Search", kind: "text", hint: "how a template or id begins" },
    ];
    const isNarrowed = fields.some(({ name }) => place.query.get(name));
    const empty = isNarrowed ? "No run is like that." : "Nothing has run yet.";
    return (
      <>
        <Filters place={place} fields={fields} />
        <Runs label="Workflows" rows={runs} empty={empty} />
        <Pager place={place} next={next} />
      </>
    );
  },
};
