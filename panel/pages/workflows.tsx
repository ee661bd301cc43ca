// The page of all runs.

import type { ComponentChildren } from "preact";
import { hrefTo } from "../find.ts";
import type { Page, Place, ViewProps } from "../page.ts";
import { BulkBar } from "../parts/bulk-bar.tsx";
import { type Field, Filters, narrowedBy } from "../parts/filters.tsx";
import { Runs } from "../parts/runs.tsx";
import { SavedViews } from "../parts/saved-views.tsx";
import { useSelection } from "../parts/selection.ts";
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
/** What the address may narrow the list by. */
const FILTERED = ["status", "agent_id", "search", "template_name", "id", "since"];

export const workflows: Page<Data> = {
  path: "/workflows",
  asks: [...FILTERED, "cursor"],
  title: () => "Workflows",
  async load(get, { query }) {
    const asked = [...FILTERED, "cursor"].map((name) => [name, query.get(name)] as const);
    const [{ runs, next_cursor }, { agents }] = await Promise.all([
      get<ListOf<"runs", RunRow>>(
        hrefTo("/runs", {}, { ...Object.fromEntries(asked), limit: ROWS }),
      ),
      get<ListOf<"agents", AgentReport>>("/agents?limit=200"),
    ]);
    return { runs, next: next_cursor, agents: agents.map(({ id }) => id) };
  },
  follows: () => "",
  View: Workflows,
};

function Workflows({ data: { runs, next, agents }, place }: ViewProps<Data>) {
  const fields: Field[] = [
    { name: "status", label: "Status", kind: "choice", of: STATUSES, any: "all" },
    { name: "agent_id", label: "Agent", kind: "choice", of: agents, any: "all" },
    { name: "search", label: "Search", kind: "text", hint: "template or id" },
  ];
  const filter = narrowedBy(place, FILTERED);
  const isNarrowed = Object.keys(filter).length > 0;
  const empty = !isNarrowed
    ? <NothingYet />
    : next === undefined
    ? "No run is like that."
    : "None of the runs that were looked through is like that; the next page looks further back.";
  return (
    <>
      <SavedViews path={place.path} filter={filter} />
      <Filters place={place} fields={fields} />
      <List key={place.query.toString()} {...{ runs, next, place, empty }} />
      <Pager place={place} next={next} />
    </>
  );
}

interface ListProps {
  runs: RunRow[];
  next: string | undefined;
  place: Place;
  empty: ComponentChildren;
}

/** Of another filter, or page, nothing is chosen at first. */
function List({ runs, next, place, empty }: ListProps) {
  const selection = useSelection(runs.map(({ id }) => id));
  const hasMore = next !== undefined || place.query.has("cursor");
  return (
    <>
      <Runs label="Workflows" rows={runs} empty={empty} selection={selection} />
      <BulkBar selection={selection} filter={narrowedBy(place, FILTERED)} hasMore={hasMore} />
    </>
  );
}

function NothingYet() {
  return (
    <>
      Nothing has run yet. Run a{" "}
      <a href="/templates">template</a>, let an agent run one, or begin with an example on the{" "}
      <a href="/">dashboard</a>.
    </>
  );
}
