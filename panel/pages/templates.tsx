// The page of all templates: the latest version of each.

import { hrefTo } from "../find.ts";
import type { Page } from "../page.ts";
import { Said, When } from "../parts/marks.tsx";
import { templateHref } from "../parts/runs.tsx";
import { type Column, Pager, RowLink, Table } from "../parts/table.tsx";
import type { ListOf, TemplateRow } from "../replies.ts";

interface Data {
  templates: TemplateRow[];
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

export const templates: Page<Data> = {
  path: "/templates",
  title: () => "Templates",
  async load(get, { query }) {
    const cursor = query.get("cursor");
    const archived = query.get("archived") === "true" ? "true" : null;
    const path = hrefTo("/templates", {}, { latest: "true", limit: "100", archived, cursor });
    const { templates, next_cursor } = await get<ListOf<"templates", TemplateRow>>(path);
    return { templates, next: next_cursor };
  },
  View({ data: { templates, next }, place }) {
    const isArchive = place.query.get("archived") === "true";
    return (
      <>
        <p class="actions">
          <a class="button" href="/define">New template</a>
          {isArchive
            ? <a class="button" href="/templates">Those in use</a>
            : <a class="button" href="/templates?archived=true">Archived ones</a>}
        </p>
        <Table
          label="Templates"
          columns={COLUMNS}
          rows={templates}
          keyOf={({ name }) => name}
          empty={isArchive ? <p>No template is archived.</p> : <NothingYet />}
        />
        <Pager place={place} next={next} />
      </>
    );
  },
};

function NothingYet() {
  return (
    <p>
      No workflow is defined yet.{" "}
      <a href="/define">Write one</a>, let an agent define one, or begin with an example on the{" "}
      <a href="/">dashboard</a>.
    </p>
  );
}
