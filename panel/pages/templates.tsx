// The page of all templates: the latest version of each.

import { hrefTo } from "../find.ts";
import type { Page } from "../page.ts";
import { type Field, Filters, narrowedBy } from "../parts/filters.tsx";
import { Said, When } from "../parts/marks.tsx";
import { templateHref } from "../parts/runs.tsx";
import { SavedViews } from "../parts/saved-views.tsx";
import { type Column, Pager, RowLink, Table } from "../parts/table.tsx";
import type { AgentReport, ListOf, TemplateRow } from "../replies.ts";

interface Data {
  templates: TemplateRow[];
  agents: string[];
  next: string | undefined;
}

const COLUMNS: Column<TemplateRow>[] = [
  {
    head: "Name",
    cell: ({ name }) => (
      <RowLink href={templateHref(name)}>
        <Said text={name} most={60} />
      </RowLink>
    ),
  },
  { head: "Latest", cell: ({ version }) => version },
  {
    head: "Description",
    cell: ({ description }) => description && <Said text={description} most={80} />,
    wide: true,
  },
  { head: "Agent", cell: ({ agent_id }) => <Said text={agent_id} most={32} />, wide: true },
  { head: "Defined", cell: ({ created_at }) => <When at={created_at} />, end: true },
];

/** What the address may narrow the list by. */
const FILTERED = ["search", "agent_id", "archived"];

export const templates: Page<Data> = {
  path: "/templates",
  asks: [...FILTERED, "cursor"],
  title: () => "Templates",
  async load(get, place) {
    const cursor = place.query.get("cursor");
    const asked = { ...narrowedBy(place, FILTERED), latest: "true", limit: "100", cursor };
    const [{ templates, next_cursor }, { agents }] = await Promise.all([
      get<ListOf<"templates", TemplateRow>>(hrefTo("/templates", {}, asked)),
      get<ListOf<"agents", AgentReport>>("/agents?limit=200"),
    ]);
    return { templates, next: next_cursor, agents: agents.map(({ id }) => id) };
  },
  isReread: true,
  View({ data: { templates, next, agents }, place }) {
    const filter = narrowedBy(place, FILTERED);
    const isNarrowed = Object.keys(filter).length > 0;
    return (
      <>
        <p class="actions">
          <a class="button" href="/define">New template</a>
        </p>
        <SavedViews path={place.path} filter={filter} />
        <Filters place={place} fields={fieldsOf(agents)} />
        <Table
          label="Templates"
          columns={COLUMNS}
          rows={templates}
          keyOf={({ name }) => name}
          empty={isNarrowed ? <p>No template is like that.</p> : <NothingYet />}
        />
        <Pager place={place} next={next} />
      </>
    );
  },
};

function fieldsOf(agents: readonly string[]): Field[] {
  return [
    { name: "search", label: "Search", kind: "text", hint: "how a name begins" },
    { name: "agent_id", label: "Agent", kind: "choice", of: agents, any: "all" },
    {
      ...{ name: "archived", label: "Which", kind: "choice", of: ["true"], any: "in use" },
      words: { true: "archived" },
    },
  ];
}

function NothingYet() {
  return (
    <p>
      No workflow is defined yet.{" "}
      <a href="/define">Write one</a>, let an agent define one, or begin with an example on the{" "}
      <a href="/">dashboard</a>.
    </p>
  );
}
