// What a schedule does when its timer fires, case by case.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCron } from "../../../embed/cron.ts";
import { decide, MOST_OPEN } from "../../../engine/schedules/decide.ts";
import type { ScheduleRow } from "../../../engine/store/store.ts";
import { scheduleRow } from "../../support/rows.ts";

const MINUTE = 60_000;
const HOUR = 3_600_000;

interface Case {
  row?: Partial<ScheduleRow>;
  /** Hours after the first time. */
  late: number;
  open?: number;
  /** Of the run that starts: hours after the first time, and why. */
  start: [number, string] | null;
  /** `outcome reason missed` of the others, with hours after the first time. */
  fires?: [number, string][];
  next: number | null;
  status?: string;
}

const cases: Record<string, Case> = {
  "its time has come": { late: 0, start: [0, "cron"], next: 1 },
  "it is a little late": { late: 1 / 60, start: [0, "cron"], next: 1 },
  "the clock was set back since": { late: -5, start: [0, "cron"], next: 1 },
  "one time was missed": { late: 0.5, start: [0, "missed"], next: 1 },
  "many times were missed": {
    late: 9.5,
    start: [9, "missed"],
    fires: [[8, "skipped missed 9"]],
    next: 10,
  },
  "the last may be late by its jitter, and has come": {
    row: { jitterMs: HOUR },
    late: 9.5,
    start: [9, "cron"],
    fires: [[8, "skipped missed 9"]],
    next: 10,
  },
  "many times were missed, and the last is now": {
    late: 9,
    start: [9, "cron"],
    fires: [[8, "skipped missed 9"]],
    next: 10,
  },
  "no run is wanted for what was missed": {
    row: { catchUp: "none" },
    late: 9.5,
    start: null,
    fires: [[9, "skipped missed 10"]],
    next: 10,
  },
  "no run is wanted for what was missed, and one time is now": {
    row: { catchUp: "none" },
    late: 9,
    start: [9, "cron"],
    fires: [[8, "skipped missed 9"]],
    next: 10,
  },
  "all that was missed is wanted": {
    row: { catchUp: "all" },
    late: 9.5,
    start: [0, "missed"],
    next: 1,
  },
  "more was missed than is caught up with": {
    row: { catchUp: "all" },
    late: 300.5,
    start: [201, "missed"],
    fires: [[200, "skipped missed 1"]],
    next: 202,
  },
  "more was missed than is counted": {
    late: 300.5,
    start: [300, "missed"],
    fires: [[299, "skipped missed 100"]],
    next: 301,
  },
  "a run is open": { late: 0, open: 1, start: null, fires: [[0, "skipped overlap"]], next: 1 },
  "a run is open, and the next may wait": {
    row: { overlap: "queue" },
    late: 0,
    open: 1,
    start: null,
    fires: [[0, "queued"]],
    next: 1,
  },
  "a run is open, and another waits": {
    row: { overlap: "queue", queuedAt: 5 },
    late: 0,
    open: 1,
    start: null,
    fires: [[0, "skipped overlap"]],
    next: 1,
  },
  "a run is open, and may be beside others": {
    row: { overlap: "allow" },
    late: 0,
    open: 1,
    start: [0, "cron"],
    next: 1,
  },
  "too many are open": {
    row: { overlap: "allow" },
    late: 0,
    open: MOST_OPEN,
    start: null,
    fires: [[0, "skipped too many runs are open"]],
    next: 1,
  },
  "it is the last that it may start": {
    row: { maxRuns: 3, runs: 2 },
    late: 0,
    start: [0, "cron"],
    next: null,
    status: "ended",
  },
  "its end comes before the next": {
    row: { endsAt: HOUR + 30 * MINUTE },
    late: 0,
    start: [0, "cron"],
    next: null,
    status: "ended",
  },
  "its end has passed meanwhile": {
    row: { endsAt: HOUR + 3.5 * HOUR },
    late: 9.5,
    start: [3, "missed"],
    fires: [[2, "skipped missed 3"]],
    next: null,
    status: "ended",
  },
};

for (const [what, { row: fields, late, open = 0, ...wanted }] of Object.entries(cases)) {
  test(`decides: ${what}`, () => {
    const row = scheduleRow(1, fields);
    const first = row.nextAt!;
    const hours = (time: number) => (time - first) / HOUR;
    const { start, fires, next } = decide(row, {
      cron: parseCron(row.cron, row.timezone),
      now: first + late * HOUR,
      open: Array.from({ length: open }, (_, i) => i + 1),
    });
    assert.deepEqual(start && [hours(start.time), start.cause], wanted.start);
    const told = fires.map(({ dueAt, outcome, detail }) => {
      const { reason = "", missed = "" } = JSON.parse(detail ?? "{}") as Record<string, unknown>;
      return [hours(dueAt), `${outcome} ${reason} ${missed}`.trim()];
    });
    assert.deepEqual(told, wanted.fires ?? []);
    assert.equal(next.nextAt === null ? null : hours(next.nextAt), wanted.next);
    assert.equal(next.status, wanted.status ?? "active");
    const isCounted = start !== null || fires.some(({ outcome }) => outcome === "queued");
    assert.equal(next.runs, row.runs + (isCounted ? 1 : 0));
  });
}

test("a schedule of each minute that nobody was there for in a year is decided upon quickly", () => {
  const row = scheduleRow(1, { cron: "* * * * *", timezone: "Europe/Berlin", nextAt: MINUTE });
  const cron = parseCron(row.cron, row.timezone);
  let asked = 0;
  const counting = { ...cron, next: (after: number) => (asked++, cron.next(after)) };
  const now = 366 * 24 * HOUR + 30_000;
  const { start, fires } = decide(row, { cron: counting, now, open: [] });
  assert.deepEqual(start, { time: now - 30_000, cause: "cron" });
  assert.match(fires[0]!.detail!, /"missed":100,"at_least":true/);
  assert.ok(asked < 1_000, `${asked}`);
});

test("of more missed times than are made up for, those before are told of as that many at least", () => {
  const cron = parseCron("* * * * *");
  for (const [minutes, more] of [[100, undefined], [101, {}], [102, { at_least: true }]] as const) {
    const row = scheduleRow(1, { cron: "* * * * *", catchUp: "all", nextAt: MINUTE });
    const now = (minutes + 1) * MINUTE + 1;
    const { start, fires } = decide(row, { cron, now, open: [] });
    assert.deepEqual(start, { time: (minutes - 99) * MINUTE, cause: "missed" });
    assert.deepEqual(
      fires.map(({ dueAt, detail }) => [dueAt / MINUTE, JSON.parse(detail!)]),
      more ? [[minutes - 100, { reason: "missed", missed: 1, ...more }]] : [],
    );
  }
});
