// The page of one schedule: its next times, what became of the last ones, and what somebody may change of it.

import { useAround } from "../context.ts";
import { hrefTo } from "../find.ts";
import type { Page, ViewProps } from "../page.ts";
import { Backfill } from "../parts/backfill.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { Fires } from "../parts/fires.tsx";
import { Said, State } from "../parts/marks.tsx";
import { NextTimes } from "../parts/next-times.tsx";
import { templateHref } from "../parts/runs.tsx";
import { ScheduleActions } from "../parts/schedule-actions.tsx";
import { type Choice, ScheduleForm } from "../parts/schedule-form.tsx";
import { Pager } from "../parts/table.tsx";
import { Tabs } from "../parts/tabs.tsx";
import type { FireRow, ListOf, ScheduleRow } from "../replies.ts";
import { CATCH_UPS, OVERLAPS } from "../schedule-terms.ts";
import { choicesOf } from "./new-schedule.tsx";

interface Data {
  schedule: ScheduleRow;
  fires: FireRow[];
  next: string | undefined;
  /** For the form alone. */
  choices: Choice[];
}

export const schedule: Page<Data> = {
  path: "/scheduler/:id",
  asks: ["tab", "cursor"],
  title: ({ schedule }) => schedule.name,
  async load(get, { params, query }) {
    const path = `/schedules/${encodeURIComponent(params.id!)}`;
    const page = { limit: "50", cursor: query.get("cursor") };
    const [schedule, { fires, next_cursor }, choices] = await Promise.all([
      get<ScheduleRow>(path),
      get<ListOf<"fires", FireRow>>(hrefTo(`${path}/runs`, {}, page)),
      query.get("tab") === "change" ? choicesOf(get) : [],
    ]);
    return { schedule, fires, next: next_cursor, choices };
  },
  follows: ({ schedule }) => hrefTo("", {}, { template: schedule.template_name }).slice(1),
  View,
};

function View({ data: { schedule, fires, next, choices }, place }: ViewProps<Data>) {
  return (
    <>
      <Head of={schedule} />
      <div class="actions">
        <ScheduleActions of={schedule} />
        <Delete of={schedule} />
      </div>
      <Tabs
        place={place}
        tabs={[
          {
            id: "times",
            label: "Times",
            view: () => (
              <>
                <h2>Next</h2>
                <NextTimes times={schedule.next_times} timezone={schedule.timezone} />
                <h2>Last runs</h2>
                <Fires rows={fires} />
                <Pager place={place} next={next} />
              </>
            ),
          },
          {
            id: "change",
            label: "Change",
            view: () => <Change of={schedule} choices={choices} />,
          },
          { id: "backfill", label: "Backfill", view: () => <Backfill of={schedule} /> },
        ]}
      />
    </>
  );
}

function Head({ of }: { of: ScheduleRow }) {
  return (
    <Facts>
      <Fact name="Status">
        <Stands of={of} />
      </Fact>
      <Fact name="Template">
        <a href={templateHref(of.template_name, of.version)}>
          <Said text={of.template_name} most={60} /> {of.version ?? "latest"}
        </a>
      </Fact>
      <Fact name="When">
        <code>{of.cron}</code> <span class="none">{of.timezone}</span>
      </Fact>
      <Fact name="Agent">
        <Said text={of.agent_id} />
      </Fact>
      {/* Those that somebody asked for are no part of them. */}
      <Fact name="Runs by the clock">
        {of.runs}
        {of.max_runs !== undefined && ` of ${of.max_runs}`}
      </Fact>
      <Fact name="While another goes on, it">{OVERLAPS[of.overlap]}</Fact>
      <Fact name="Missed times">{CATCH_UPS[of.catch_up]}</Fact>
    </Facts>
  );
}

function Stands({ of: { status, failing, reason } }: { of: ScheduleRow }) {
  return (
    <>
      <State of={failing ? "failed" : status} also={failing && "five times in a row"} />
      {reason && (
        <span class="note">
          <Said text={reason} most={500} />
        </span>
      )}
    </>
  );
}

function Change({ of, choices }: { of: ScheduleRow; choices: Choice[] }) {
  if (of.trigger !== undefined) {
    return (
      <div class="empty">
        <p>
          The template makes this schedule by its trigger{" "}
          <code>{of.trigger}</code>: what it says is changed there. It can be paused here.
        </p>
      </div>
    );
  }
  return <ScheduleForm of={of} choices={choices} />;
}

function Delete({ of: { id, name, trigger, status } }: { of: ScheduleRow }) {
  const { act, go } = useAround();
  if (trigger !== undefined && status !== "retired") return null;
  const remove = async () => {
    const done = `${name} is deleted`;
    const gone = await act!({ method: "DELETE", path: `/schedules/${id}`, done });
    if (gone) go?.("/scheduler");
  };
  return (
    <Confirm
      label="Delete"
      title="Delete this schedule?"
      does="Delete the schedule"
      onConfirm={() => void remove()}
    >
      <p>
        <Said text={name} most={60} /> starts no more runs; those that it has started stay.
      </p>
    </Confirm>
  );
}
