// Whether the checker of schedules sees what is wrong with the times of one, and nothing else.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunRecord, StoredFire } from "../../../engine/store/store.ts";
import { eventId, scheduleRow, uuid } from "../../support/rows.ts";
import { checkSchedule, type ScheduleEvidence } from "./schedules.ts";

const MINUTE = 60_000;

/** A schedule of each minute: what became of minutes 1, 2, …, and the runs. */
function evidence(
  outcomes: readonly string[],
  change: Partial<ScheduleEvidence> = {},
): ScheduleEvidence {
  const fires = outcomes.flatMap((outcome, i): StoredFire[] => {
    if (outcome === "") return [];
    const dueAt = (i + 1) * MINUTE;
    const [kind, reason, missed] = outcome.split(" ");
    return [{
      scheduleId: uuid(1),
      dueAt,
      cause: "cron",
      at: dueAt + 5,
      runNo: kind === "started" ? i + 1 : null,
      outcome: kind as StoredFire["outcome"],
      detail: reason === undefined
        ? null
        : JSON.stringify({ reason, ...(missed && { missed: Number(missed) }) }),
      runId: null,
      runStatus: null,
    }];
  });
  const end = 60 * MINUTE;
  const nextAt = (outcomes.length + 1) * MINUTE;
  return {
    terms: {
      name: "s",
      template: "main",
      agentId: "a",
      cron: "* * * * *",
      everyMs: MINUTE,
      offsetMs: 0,
      overlap: "skip",
      catchUp: "one",
      jitterMs: 0,
      lastsMs: end,
      maxRuns: 10,
    },
    ends: [end],
    row: scheduleRow(1, {
      name: "s",
      createdAt: 7,
      endsAt: end,
      maxRuns: 10,
      nextAt,
      runs: fires.filter(({ outcome }) => outcome !== "skipped").length,
    }),
    fires,
    runs: fires.filter(({ runNo }) => runNo !== null).map(({ runNo, dueAt }) => run(runNo!, dueAt)),
    timers: [{ key: `schedule:${uuid(1)}`, dueAt: nextAt }],
    pauses: [],
    now: nextAt - 10,
    setBackMs: 0,
    jumps: [],
    ...change,
  };
}

/** A run for that time that is over at once, or goes on. */
function run(runNo: number, dueAt: number, ends = true): RunRecord {
  const said = { schedule: "s", cause: "cron", due_at: new Date(dueAt).toISOString() };
  const event = (n: number, type: string, payload: object) => ({
    id: eventId(2 * runNo + n),
    type,
    at: dueAt + 5,
    payload: JSON.stringify(payload),
  });
  return {
    run: { id: uuid(runNo), runNo, forkedFrom: null, status: ends ? "completed" : "active" },
    events: [
      event(0, "workflow_started", said),
      ...(ends ? [event(1, "workflow_completed", {})] : []),
    ],
  } as unknown as RunRecord;
}

test("times that are told of once, each with its run or a reason, are well", () => {
  assert.deepEqual(checkSchedule(evidence(["started", "started", "started"])), []);
  const open = evidence(["started", "skipped overlap"]);
  assert.deepEqual(checkSchedule({ ...open, runs: [run(1, MINUTE, false)] }), []);
  const paused = evidence(["started", "", "", "started"]);
  const pauses = [{ from: 90_000, to: 200_000 }];
  assert.deepEqual(checkSchedule({ ...paused, pauses }), []);
});

const WRONG: Record<string, [ScheduleEvidence, RegExp]> = {
  "a time that nothing is told of": [
    evidence(["started", "", "started"]),
    /nothing is told of .*02:00/,
  ],
  "a time that is told of twice": [
    evidence(["started", "started", "skipped missed 2"]),
    /told of twice/,
  ],
  "a run that no time has claimed": [
    evidence(["started"], { runs: [run(1, MINUTE), run(7, MINUTE)] }),
    /told of by no time/,
  ],
  "a time whose run is not there": [evidence(["started"], { runs: [] }), /the run for .*01:00/],
  "a run beside another": [
    evidence(["started", "started"], { runs: [run(1, MINUTE, false), run(2, 2 * MINUTE)] }),
    /begins beside/,
  ],
  "a time that is skipped for no run": [
    evidence(["started", "", "", "", "", "skipped overlap"], {
      pauses: [{ from: 90_000, to: 320_000 }],
    }),
    /although no run is open/,
  ],
  "a timer that has not fired": [evidence(["started"], { now: 3 * MINUTE }), /has not fired/],
  "no timer for the next time": [evidence(["started"], { timers: [] }), /0 timers/],
};

for (const [what, [given, said]] of Object.entries(WRONG)) {
  test(`${what} is seen`, () => {
    assert.match(checkSchedule(given).join("\n"), said);
  });
}
