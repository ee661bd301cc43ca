// How what became of a schedule's times looks.

import type { FireRow } from "../replies.ts";
import { Said, State, When } from "./marks.tsx";
import { runHref } from "./runs.tsx";
import { type Column, Table } from "./table.tsx";

/** Why there was one at all. */
const CAUSES: Record<string, string> = {
  cron: "its time",
  missed: "caught up",
  manual: "asked for",
  backfill: "backfill",
};

const COLUMNS: Column<FireRow>[] = [
  { head: "Time", cell: ({ due_at }) => <When at={due_at} /> },
  { head: "Because", cell: ({ cause }) => CAUSES[cause] ?? cause, wide: true },
  { head: "Outcome", cell: (fire) => <Outcome fire={fire} /> },
  { head: "Begun", cell: ({ at }) => <When at={at} />, end: true, wide: true },
];

export function Fires({ rows }: { rows: readonly FireRow[] }) {
  return (
    <Table
      label="Last runs"
      columns={COLUMNS}
      rows={rows}
      keyOf={({ due_at, cause }) => `${due_at} ${cause}`}
      empty={<p>None of its times has come yet.</p>}
    />
  );
}

function Outcome({ fire: { outcome, status, workflow_id, reason, error } }: { fire: FireRow }) {
  const state = <State of={status ?? outcome} />;
  const why = reason ?? error?.message;
  return (
    <>
      {workflow_id === undefined ? state : <a href={runHref(workflow_id)}>{state}</a>}
      {why !== undefined && (
        <span class="note">
          {" "}
          <Said text={why} most={200} />
        </span>
      )}
    </>
  );
}
