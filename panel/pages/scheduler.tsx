// The page of what runs by the clock.

import { hrefTo } from "../find.ts";
import type { Page } from "../page.ts";
import { Said, State, When } from "../parts/marks.tsx";
import { runHref, templateHref } from "../parts/runs.tsx";
import { ScheduleActions } from "../parts/schedule-actions.tsx";
import { ScheduleState } from "../parts/schedule-state.tsx";
import { type Column, Pager, RowLink, Table } from "../parts/table.tsx";
import type { ListOf, ScheduleRow } from "../replies.ts";

interface Data {
  schedules: ScheduleRow[];
  next: string | undefined;
}

const COLUMNS: Column<ScheduleRow>[] = [
  {
    head: "Name",
    cell: ({ id, name }) => (
      <RowLink href={hrefTo("/scheduler/:id", { id })}>
        <Said text={name} most={60} />
      </RowLink>
    ),
  },
  { head: "Status", cell: (schedule) => <ScheduleState of={schedule} /> },
  {
    head: "Template",
    cell: ({ template_name, version }) => (
      <a href={templateHref(template_name, version)}>
        <Said text={template_name} most={40} /> {version ?? "latest"}
      </a>
    ),
    wide: true,
  },
  {
    head: "When",
    cell: ({ cron, timezone }) => (
      <>
        <code>{cron}</code> <span class="none">{timezone}</span>
      </>
    ),
    wide: true,
  },
  { head: "Last", cell: (schedule) => <Last schedule={schedule} />, wide: true },
  {
    head: "Next",
    cell: ({ next_times: [next] }) =>
      next === undefined ? <span class="none">–</span> : <When at={next} />,
    end: true,
  },
  {
    head: "",
    cell: (schedule) => (
      <span class="actions">
        <ScheduleActions of={schedule} />
      </span>
    ),
    end: true,
  },
];

export const scheduler: Page<Data> = {
  path: "/scheduler",
  asks: ["cursor"],
  title: () => "Scheduler",
  async load(get, { query }) {
    const cursor = query.get("cursor");
    const path = hrefTo("/schedules", {}, { limit: "50", cursor });
    const { schedules, next_cursor } = await get<ListOf<"schedules", ScheduleRow>>(path);
    return { schedules, next: next_cursor };
  },
  follows: () => "",
  View({ data: { schedules, next }, place }) {
    return (
      <>
        <p class="actions">
          <a class="button" href="/scheduler/new">New schedule</a>
        </p>
        <Table
          label="Schedules"
          columns={COLUMNS}
          rows={schedules}
          keyOf={({ id }) => id}
          empty={
            <p>
              Nothing runs by the clock.{" "}
              <a href="/scheduler/new">Make a schedule</a>, or give a template a trigger of the kind
              cron.
            </p>
          }
        />
        <Pager place={place} next={next} />
      </>
    );
  },
};

function Last({ schedule: { last_fires } }: { schedule: ScheduleRow }) {
  const last = last_fires?.[0];
  if (!last) return <span class="none">never</span>;
  const state = <State of={last.status ?? last.outcome} />;
  return (
    <>
      {last.workflow_id ? <a href={runHref(last.workflow_id)}>{state}</a> : state}{" "}
      <When at={last.due_at} />
    </>
  );
}
