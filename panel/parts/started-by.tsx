// How what starts runs of a template by itself looks: its schedules and its hooks.

import { hrefTo } from "../find.ts";
import type { HookRow, ScheduleRow } from "../replies.ts";
import { Said, State, When } from "./marks.tsx";
import { type Column, RowLink, Table } from "./table.tsx";

const SCHEDULES: Column<ScheduleRow>[] = [
  {
    head: "Schedule",
    cell: ({ id, name }) => (
      <RowLink href={hrefTo("/scheduler/:id", { id })}>
        <Said text={name} most={60} />
      </RowLink>
    ),
  },
  { head: "Status", cell: ({ status, failing }) => <State of={failing ? "failed" : status} /> },
  {
    head: "When",
    cell: ({ cron, timezone }) => (
      <>
        <code>{cron}</code> <span class="none">{timezone}</span>
      </>
    ),
    wide: true,
  },
  { head: "Next", cell: ({ next_times: [next] }) => next && <When at={next} />, end: true },
];

const HOOKS: Column<HookRow>[] = [
  { head: "Hook", cell: ({ name }) => <Said text={name} most={60} /> },
  {
    head: "Takes POST at",
    cell: ({ path }) => (
      <code>
        <Said text={path} most={120} />
      </code>
    ),
  },
  { head: "Proof", cell: ({ verify }) => verify, wide: true },
  { head: "Accepted", cell: ({ accepted }) => accepted ?? 0, end: true },
  { head: "Rejected", cell: ({ rejected }) => rejected ?? 0, end: true },
];

export function StartedBy({ schedules, hooks }: { schedules: ScheduleRow[]; hooks: HookRow[] }) {
  return (
    <>
      <h2>Schedules</h2>
      <Table
        label="Schedules"
        columns={SCHEDULES}
        rows={schedules}
        keyOf={({ id }) => id}
        empty={<p>None: it runs when it is asked for.</p>}
      />
      <h2>Hooks</h2>
      <Table
        label="Hooks"
        columns={HOOKS}
        rows={hooks}
        keyOf={({ name }) => name}
        empty={<p>None: no delivery starts it.</p>}
      />
    </>
  );
}
