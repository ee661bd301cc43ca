// How agents look in a list: what each has under way, waits for, and when it was last heard.

import type { ComponentChildren } from "preact";
import { hrefTo } from "../find.ts";
import type { AgentReport } from "../replies.ts";
import { Said, When } from "./marks.tsx";
import { type Column, RowLink, Table } from "./table.tsx";

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
  {
    head: "Known since",
    cell: ({ created_at }) => <When at={created_at} />,
    end: true,
    wide: true,
  },
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

export function Agents(
  { rows, empty }: { rows: readonly AgentReport[]; empty: ComponentChildren },
) {
  return (
    <Table
      label="Agents"
      columns={COLUMNS}
      rows={rows}
      keyOf={({ id }) => id}
      empty={empty}
    />
  );
}
