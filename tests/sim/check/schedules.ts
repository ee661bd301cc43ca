// Whether each time of a schedule came to what it had to, counted anew from its terms.

import { isTerminal } from "../../../core/status.ts";
import type { RunRecord, ScheduleRow, StoredFire } from "../../../engine/store/store.ts";
import type { SimSchedule } from "../generate/schedules.ts";

export interface ScheduleEvidence {
  terms: SimSchedule;
  /** The ends (epoch ms) that it was asked for with, one after the other. */
  ends: readonly number[];
  row: ScheduleRow;
  /** What became of its times, the earliest time first. */
  fires: readonly StoredFire[];
  /** All runs of the world. */
  runs: readonly RunRecord[];
  /** Its timers. */
  timers: readonly { key: string; dueAt: number }[];
  /** When it may have been paused, in wall time. */
  pauses: readonly { from: number; to: number }[];
  now: number;
  /** By how many ms the wall clock was set back so far. */
  setBackMs: number;
  /** How far it was set ahead, and when (wall time before it). */
  jumps: readonly { at: number; ms: number }[];
}

const LATE_MS = 60_000;
/** Times that are made up for at most. */
const MOST_MISSED = 100;
/** Between two looks whether a run that waits may begin, ms: one may be under way. */
const POLL_MS = 60_000;
/** Until what was decided is stored although the store fails now and then. */
const SLACK_MS = 150_000;

type Check = (evidence: ScheduleEvidence) => string[];

const CHECKS: readonly Check[] = [checkTimes, checkCauses, checkStarted, checkOverlap, checkTimers];

export function checkSchedule(evidence: ScheduleEvidence): string[] {
  return CHECKS.flatMap((check) => check(evidence))
    .map((fault) => `${evidence.terms.name}: ${fault}`);
}

const iso = (ms: number) => new Date(ms).toISOString();

/** What the schedule did by itself. */
function own({ fires }: ScheduleEvidence): StoredFire[] {
  return fires.filter(({ cause }) => cause === "cron" || cause === "missed");
}

function detailOf({ detail }: StoredFire): { reason?: string; missed?: number; at_least?: true } {
  return detail === null ? {} : JSON.parse(detail);
}

/** Each time is told of once, up to where the schedule stands. */
function checkTimes(evidence: ScheduleEvidence): string[] {
  const { terms: { everyMs, offsetMs, maxRuns }, row, ends } = evidence;
  const end = row.endsAt!;
  const found: string[] = [];
  if (!ends.includes(end)) found.push(`it ends at ${iso(end)}`);
  let expected = Math.floor((row.createdAt - offsetMs) / everyMs + 1) * everyMs + offsetMs;
  const pass = (to: number) => {
    for (; expected < to; expected += everyMs) {
      if (!isPaused(evidence, expected)) found.push(`nothing is told of ${iso(expected)}`);
    }
  };
  const times = own(evidence);
  for (const fire of times) {
    if ((fire.dueAt - offsetMs) % everyMs !== 0) found.push(`${iso(fire.dueAt)} is no time of it`);
    const { missed = 1, at_least } = detailOf(fire);
    const first = fire.dueAt - (missed - 1) * everyMs;
    if (at_least && first > expected) expected = first;
    // A clock that was set back brings also times from before it was made.
    const isBefore = fire === times[0] && fire.dueAt > row.createdAt - evidence.setBackMs;
    if (isBefore) expected = Math.min(expected, first);
    if (first < expected) found.push(`times before ${iso(fire.dueAt)} are told of twice`);
    pass(first);
    expected = fire.dueAt + everyMs;
    if (fire.dueAt > end) found.push(`${iso(fire.dueAt)} is after its end`);
  }
  const counted =
    times.filter((fire) => fire.outcome !== "skipped" || detailOf(fire).reason === "paused").length;
  if (row.runs !== counted) found.push(`${row.runs} runs are counted, ${counted} are told of`);
  if (row.runs > maxRuns) found.push(`it has started ${row.runs} runs of ${maxRuns}`);
  if (row.status === "active") {
    pass(row.nextAt!);
    if (expected !== row.nextAt) found.push(`it goes on at ${iso(row.nextAt!)}`);
  } else if (row.status === "ended") {
    if (row.runs < maxRuns) pass(Math.floor((end - offsetMs) / everyMs) * everyMs + offsetMs + 1);
  } else if (row.status !== "paused") found.push(`it is ${row.status}: ${row.reason}`);
  return found;
}

/** Whether it was paused at that time, or before anybody came to tell of it. */
function isPaused(evidence: ScheduleEvidence, time: number): boolean {
  const { pauses, setBackMs } = evidence;
  return pauses.some(({ from, to }) =>
    time <= to + setBackMs &&
    !own(evidence).some(({ dueAt, at }) => dueAt > time && at < from - setBackMs)
  );
}

/** A time is missed, or not, by the clock; what becomes of missed ones is as it was told to be. */
function checkCauses(evidence: ScheduleEvidence): string[] {
  const { terms: { catchUp, jitterMs, everyMs, overlap }, setBackMs } = evidence;
  // Who has waited says when it began, or was paused before that.
  const hasWaited = (fire: StoredFire) =>
    overlap === "queue" && (fire.outcome === "started" || detailOf(fire).reason === "paused");
  const times = own(evidence);
  return times.flatMap((fire) => {
    const late = fire.at - fire.dueAt;
    const said = `${fire.cause} ${fire.outcome} for ${iso(fire.dueAt)}`;
    const { reason, at_least } = detailOf(fire);
    if (late < -setBackMs) return [`${said}: ${-late} ms too early`];
    // Who has waited begins when the others are over.
    const isQueue = overlap === "queue" && fire.outcome === "started";
    const isMissed = late > LATE_MS + jitterMs;
    if (!isQueue && reason !== "paused" && isMissed !== (fire.cause === "missed")) {
      return [`${said}, ${late} ms late`];
    }
    if (catchUp === "none" && fire.cause === "missed" && reason !== "missed") {
      return [`${said}, although it makes up for nothing`];
    }
    if (reason !== "missed") return [];
    if (catchUp === "all") {
      // Of more than are made up for the earliest ones go.
      const latest = Math.min(fire.at - LATE_MS - jitterMs - 1, evidence.row.endsAt!);
      const isBeyond = at_least || latest - fire.dueAt >= MOST_MISSED * everyMs;
      return isBeyond ? [] : [`${said}, although it makes up for all`];
    }
    const next = times.find(({ dueAt }) => dueAt === fire.dueAt + everyMs);
    const isMadeUpFor = next !== undefined && detailOf(next).reason !== "missed" &&
      (next.at === fire.at || hasWaited(next));
    return catchUp === "one" && !isMadeUpFor ? [`${said}, and none is made up for`] : [];
  });
}

/** A run for each time that says so, and a time for each run. */
function checkStarted({ terms, fires, runs }: ScheduleEvidence): string[] {
  const found: string[] = [];
  const claimed = new Set<number>();
  for (const { runNo, dueAt, cause, outcome } of fires) {
    if (outcome === "failed") found.push(`no run could begin for ${iso(dueAt)}`);
    if ((runNo !== null) !== (outcome === "started")) found.push(`${iso(dueAt)}: ${outcome}`);
    if (runNo === null) continue;
    if (claimed.has(runNo)) found.push(`one run for two times: ${iso(dueAt)}`);
    claimed.add(runNo);
    const record = runs.find(({ run }) => run.runNo === runNo);
    const said = record && originOf(record);
    const isSame = said?.schedule === terms.name && said.cause === cause &&
      Date.parse(said.due_at) === dueAt;
    if (!isSame) found.push(`the run for ${iso(dueAt)} says ${JSON.stringify(said)}`);
  }
  for (const record of runs) {
    const { run } = record;
    const said = originOf(record);
    if (said?.schedule !== terms.name || claimed.has(run.runNo)) continue;
    found.push(`run ${run.id} for ${said.due_at} is told of by no time`);
  }
  return found;
}

/** What the first event of a run that a schedule has started says; nothing of other runs. */
export function originOf(
  { run, events: [first] }: RunRecord,
): { schedule: string; cause: string; due_at: string } | undefined {
  if (run.forkedFrom !== null || first?.type !== "workflow_started") return undefined;
  const said = JSON.parse(first.payload ?? "{}");
  return said.schedule === undefined ? undefined : said;
}

/** One run after the other, unless they may be side by side; none is passed over without another. */
function checkOverlap(evidence: ScheduleEvidence): string[] {
  const { terms: { overlap, name }, runs, jumps, setBackMs } = evidence;
  const started = runs.filter((record) => originOf(record)?.schedule === name);
  const times = own(evidence);
  const found: string[] = [];
  for (const fire of times) {
    const record = started.find(({ run }) => run.runNo === fire.runNo);
    if (record && overlap !== "allow") {
      const begins = record.events[0]!.id;
      for (const other of started) {
        const isBefore = other !== record && other.events[0]!.id < begins;
        if (isBefore && !endsOf(other).some(({ id }) => id < begins)) {
          found.push(`the run for ${iso(fire.dueAt)} begins beside ${other.run.id}`);
        }
      }
    }
    const { reason } = detailOf(fire);
    if (fire.outcome !== "queued" && reason !== "overlap") continue;
    if (overlap === "allow") found.push(`${iso(fire.dueAt)} ${fire.outcome}: ${reason}`);
    const isOpen = (other: RunRecord) => {
      if (!isTerminal(other.run.status)) return true;
      const end = endsOf(other).at(-1)!.at;
      const leaps = jumps.filter(({ at, ms }) => at + ms >= end - setBackMs && at <= fire.at)
        .reduce((sum, { ms }) => sum + ms, 0);
      return end + SLACK_MS + setBackMs + leaps >= fire.at;
    };
    const waits = times.some((other) => other.dueAt < fire.dueAt && other.at >= fire.at);
    if (!waits && !started.some(isOpen)) {
      found.push(`${iso(fire.dueAt)} is ${fire.outcome} although no run is open`);
    }
  }
  return found;
}

function endsOf({ events }: RunRecord) {
  return events.filter(({ type }) =>
    type === "workflow_completed" || type === "workflow_failed" || type === "workflow_cancelled"
  );
}

/** It is woken for what it waits for, for nothing else, and not late. */
function checkTimers({ row, timers, terms, runs, now }: ScheduleEvidence): string[] {
  const isLate = ({ key, dueAt }: { key: string; dueAt: number }) =>
    now - dueAt >= (key.startsWith("schedule-queue:") ? POLL_MS : 0);
  const found = timers.filter(isLate)
    .map(({ key, dueAt }) => `timer ${key} was due ${now - dueAt} ms ago and has not fired`);
  const next = timers.filter(({ key }) => key.startsWith("schedule:"));
  if (next.length !== (row.nextAt === null ? 0 : 1)) {
    found.push(`${next.length} timers although its next time is ${row.nextAt}`);
  }
  for (const { dueAt } of row.nextAt === null ? [] : next) {
    const late = dueAt - row.nextAt!;
    if (late < 0 || late > terms.jitterMs) found.push(`its timer is ${late} ms late`);
  }
  if ((row.nextAt !== null) !== (row.status === "active")) found.push(`${row.status} with a time`);
  if (row.queuedAt === null) return found;
  if (!timers.some(({ key }) => key.startsWith("schedule-queue:"))) {
    found.push("nobody looks after the run that waits");
  }
  const open = runs.some((record) =>
    originOf(record)?.schedule === terms.name && !isTerminal(record.run.status)
  );
  if (!open) found.push("a run waits for none");
  return found;
}
