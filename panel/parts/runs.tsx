// How runs look in a list.

import type { ComponentChildren } from "preact";
import { hrefTo } from "../find.ts";
import type { RunRow } from "../replies.ts";
import { markColumn } from "./mark-column.tsx";
import { Id, Said, Took, When } from "./marks.tsx";
import { RunState } from "./run-state.tsx";
import type { Selection } from "./selection.ts";
import { type Column, RowLink, Table } from "./table.tsx";

export function runHref(id: string, query: Record<string, string | undefined> = {}): string {
  return hrefTo("/workflows/:id", { id }, query);
}

export function templateHref(name: string, version?: string): string {
  return hrefTo("/templates/:name", { name }, { version });
}

export function tookOf(
  { started_at, completed_at }: { started_at?: string; completed_at?: string },
): number | undefined {
  if (started_at === undefined || completed_at === undefined) return undefined;
  return Date.parse(completed_at) - Date.parse(started_at);
}

function columns(most: number): Column<RunRow>[] {
  return [
    {
      head: "Run",
      cell: (run) => (
        <RowLink href={runHref(run.id)}>
          <Said text={run.name ?? run.template_name} most={60} />
        </RowLink>
      ),
    },
    { head: "Status", cell: (run) => <RunState run={run} /> },
    { head: "Id", cell: ({ id }) => <Id of={id} />, wide: true },
    {
      head: "Template",
      cell: (run) => (
        <a href={templateHref(run.template_name, run.template_version)}>
          <Said text={run.template_name} most={40} /> {run.template_version}
        </a>
      ),
      wide: true,
    },
    {
      head: "Agent",
      cell: ({ agent_id }) => (
        <a href={hrefTo("/workflows", {}, { agent_id })}>
          <Said text={agent_id} most={32} />
        </a>
      ),
      wide: true,
    },
    { head: "Took", cell: (run) => <Took ms={tookOf(run)} most={most} />, wide: true },
    { head: "Created", cell: ({ created_at }) => <When at={created_at} />, end: true },
  ];
}

interface RunsProps {
  rows: readonly RunRow[];
  label: string;
  empty: ComponentChildren;
  /** Where several may be chosen. */
  selection?: Selection;
}

export function Runs({ rows, label, empty, selection }: RunsProps) {
  const most = Math.max(0, ...rows.map((run) => tookOf(run) ?? 0));
  return (
    <Table
      label={label}
      columns={[...selection ? [markColumn(rows, selection)] : [], ...columns(most)]}
      rows={rows}
      keyOf={({ id }) => id}
      empty={<p>{empty}</p>}
    />
  );
}
