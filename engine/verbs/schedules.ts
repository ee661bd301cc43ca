// How schedules are made, changed, taken away and asked for runs by somebody.

import { rfc3339 } from "../../core/clock.ts";
import { OpcodeError } from "../../core/errors.ts";
import { faultAt, placeOf } from "../../core/fault-at.ts";
import { parseJson } from "../../core/exact-json.ts";
import { isUuid } from "../../core/ids.ts";
import type { JsonObject } from "../../core/json.ts";
import { parseMoment } from "../../core/moment.ts";
import { nearest } from "../../core/nearest.ts";
import { quoted } from "../../core/text.ts";
import type { BackfillReply, BrokenOff, FirePage, ScheduleVerbs } from "../api.ts";
import {
  type BackfillRequest,
  MOST_BACKFILLED,
  type ScheduleChange,
  type ScheduleRequest,
} from "../contract/schedule.ts";
import { checkIdentifier } from "../identifiers.ts";
import { openCursor, sealCursor } from "../list-cursor.ts";
import { pageLimit } from "../page-limit.ts";
import { advanced } from "../schedules/decide.ts";
import { goesOnAfter } from "../schedules/goes-on.ts";
import { fireReport, MOST_LOOKED_AT, scheduleReport } from "../schedules/report.ts";
import { newSchedule } from "../schedules/new-schedule.ts";
import { dropped } from "../schedules/put-away.ts";
import { readCron, readRules } from "../schedules/terms.ts";
import { retimed } from "../schedules/timing.ts";
import { refuseParams } from "../state/given-params.ts";
import { emptyHandOver, type FireRow, type ScheduleRow } from "../store/store.ts";
import { parseVersion } from "../version.ts";
import { cronTimes } from "./cron-times.ts";
import type { Engine } from "./shared.ts";
import { timesWithRuns } from "./times-with-runs.ts";

/** How often somebody who was overtaken reads again. */
const MOST_TRIES = 5;
const DEFAULT_FIRES = 50;
const MOST_FIRES = 1_000;
const at = (member: string) => member;

export function scheduleVerbs(engine: Engine): ScheduleVerbs {
  return {
    create: (request) => createSchedule(engine, request),
    times: async (request) => cronTimes(engine.env.clock, request),
    get: async (ref) => await reported(engine, await found(engine, ref)),
    update: (ref, change) => updateSchedule(engine, ref, change),
    remove: (ref) => removeSchedule(engine, ref),
    run: (ref) => runSchedule(engine, ref),
    fires: (ref, page) => listFires(engine, ref, page),
    backfill: (ref, request) => backfill(engine, ref, request),
  };
}

/** By id or name; NOT_FOUND with the nearest name. */
const found = (engine: Engine, ref: string) => findSchedule(engine, ref, () => true);

/** The same among those of the templates that are seen. */
export async function findSchedule(
  { env }: Engine,
  ref: string,
  sees: (template: string) => boolean,
): Promise<ScheduleRow> {
  const { store } = env;
  const key = checkIdentifier("schedule", ref);
  const row = await (isUuid(key) ? store.schedule(key) : store.scheduleByName(key));
  if (row && sees(row.templateName)) return row;
  const { rows } = await store.listSchedules({ limit: 1_000 });
  const meant = nearest(
    key,
    rows.filter((each) => sees(each.templateName)).map(({ name }) => name),
  );
  throw new OpcodeError(
    "NOT_FOUND",
    `schedule ${quoted(key)} not found` + (meant === undefined ? "" : `; did you mean "${meant}"?`),
    { details: { schedule: key, ...(meant !== undefined && { did_you_mean: meant }) } },
  );
}

export async function reported({ env }: Engine, row: ScheduleRow): Promise<JsonObject> {
  const { rows } = await env.store.listFires({ scheduleId: row.id, limit: MOST_LOOKED_AT });
  return scheduleReport(row, rows);
}

async function createSchedule(engine: Engine, request: ScheduleRequest): Promise<JsonObject> {
  const { env } = engine;
  const name = checkIdentifier("name", request.name);
  if (name.includes(".")) {
    throw faultAt("name", "must have no dot: TEMPLATE.TRIGGER are the names of triggers");
  }
  if (isUuid(name)) throw faultAt("name", "must not look like an id");
  const agentId = checkIdentifier("agent_id", request.agent_id);
  if (request.cron === undefined) throw faultAt("cron", "is required");
  engine.refuseWhenBusy();
  return await engine.scheduler.lock.run(`name ${name}`, async () => {
    if (await env.store.scheduleByName(name)) {
      throw new OpcodeError("CONFLICT", `name: there is a schedule "${name}" already`, {
        details: { ...placeOf("name"), schedule: name },
      });
    }
    const now = env.clock.now();
    const templateName = checkIdentifier("template_name", request.template_name);
    const blank = newSchedule({ id: env.newId(), name, templateName, agentId, trigger: null }, now);
    const { agent_id: _, ...terms } = request;
    const row = await changed(engine, blank, terms, now);
    const handOver = {
      ...emptyHandOver(),
      ...retimed(null, row),
      scheduling: { removed: [], schedules: [row], fires: [] },
    };
    handOver.agents.push({ id: agentId, at: now });
    await engine.scheduler.commit(handOver);
    return await reported(engine, row);
  });
}

/** The row as it is with these terms, at work or paused; its next time is after now where that is another. */
async function changed(
  engine: Engine,
  old: ScheduleRow,
  change: ScheduleChange,
  now: number,
): Promise<ScheduleRow> {
  const row: ScheduleRow = {
    ...old,
    ...readRules(change as JsonObject, old, at),
    updatedAt: now,
  };
  if (change.template_name !== undefined) {
    row.templateName = checkIdentifier("template_name", change.template_name);
  }
  if (change.version !== undefined) row.templateVersion = parseVersion(change.version);
  if (change.end_at && row.endsAt !== null && row.endsAt <= now) {
    throw faultAt("end_at", "must be in the future");
  }
  const plan = await engine.env.plan(row.templateName, row.templateVersion);
  const party = { agent: row.agentId, run: "inputs" };
  await refuseParams(engine.env, plan, parseJson(row.params) as JsonObject, { party });
  const after = await goesOnAfter(engine.env.store, old, now);
  const next = timed(old, row, { enabled: change.enabled, after });
  if (old.status === "ended" && next.status === "paused") refuseEnded(timed(old, row, { after }));
  if (next.status === "active") {
    await engine.templates.refuseArchived(next.templateName, "no schedule of it is at work");
  }
  return next;
}

/** To pause what has ended would hide its end; a change that lets it go on may come with a pause. */
function refuseEnded({ name, status, reason }: ScheduleRow): void {
  if (status !== "ended") return;
  throw new OpcodeError(
    "INVALID_TRANSITION",
    `cannot pause ${quoted(name)}, which has ended: ${reason}`,
    { details: { ...placeOf("enabled"), from: status } },
  );
}

/**
 * Whether it is at work after a change, and its next time: as it was, unless its times are others, or
 * it was not at work before: then the next one after `after`, epoch ms.
 */
export function timed(
  old: ScheduleRow,
  row: ScheduleRow,
  { enabled, after }: { enabled?: boolean | undefined; after: number },
): ScheduleRow {
  const pauses = enabled === undefined ? old.status === "paused" : !enabled;
  const idle: ScheduleRow = { ...row, nextAt: null, queuedAt: null };
  // Who pauses it once more means it, whyever it was paused before.
  const reason = enabled === undefined ? old.reason : null;
  if (pauses) return { ...idle, status: "paused", reason };
  const isSame = old.status === "active" && old.nextAt !== null && old.cron === row.cron &&
    old.timezone === row.timezone;
  const next = isSame ? old.nextAt : readCron(row, at).next(after);
  return advanced({ ...row, status: "active", reason: null }, next);
}

/** Acts on the row as it is until nobody has been faster. */
async function acting<T>(
  engine: Engine,
  ref: string,
  act: (row: ScheduleRow) => Promise<T | null>,
): Promise<T> {
  engine.refuseWhenBusy();
  const { id } = await found(engine, ref);
  return await engine.scheduler.lock.run(id, async () => {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const done = await act(await found(engine, id));
      if (done !== null) return done;
    }
    throw new OpcodeError("CONFLICT", "the schedule keeps changing; try again");
  });
}

async function updateSchedule(
  engine: Engine,
  ref: string,
  change: ScheduleChange,
): Promise<JsonObject> {
  const { agent_id: _, ...terms } = change;
  if (Object.keys(terms).length === 0) throw faultAt("body", "must have something to change");
  return await acting(engine, ref, async (old) => {
    const own = Object.keys(terms).find((member) => member !== "enabled");
    if (old.trigger !== null && own !== undefined) {
      throw new OpcodeError(
        "CONFLICT",
        `${own}: "${old.name}" is made by its template: define "${old.templateName}" with other ` +
          "triggers; only enabled can be changed here",
        { details: placeOf(own) },
      );
    }
    if (old.status === "retired") {
      throw new OpcodeError(
        "CONFLICT",
        `"${old.name}" is retired: template "${old.templateName}" has no such trigger any more`,
      );
    }
    const now = engine.env.clock.now();
    const row = await changed(engine, old, terms, now);
    const handOver = {
      ...emptyHandOver(),
      ...retimed(old, row),
      scheduling: {
        removed: [],
        schedules: [row],
        fires: dropped([{ old, row }], now, "paused"),
      },
    };
    if (!await engine.scheduler.commit(handOver)) return null;
    return await reported(engine, row);
  });
}

async function removeSchedule(
  engine: Engine,
  ref: string,
): Promise<{ id: string; name: string; deleted: true }> {
  return await acting(engine, ref, async (old) => {
    if (old.trigger !== null && old.status !== "retired") {
      throw new OpcodeError(
        "CONFLICT",
        `"${old.name}" is made by its template: define "${old.templateName}" without the trigger, ` +
          "or pause it",
      );
    }
    const { id, name } = old;
    const handOver = {
      ...emptyHandOver(),
      ...retimed(old, null),
      scheduling: { removed: [id], schedules: [], fires: [] },
    };
    if (!await engine.scheduler.commit(handOver)) return null;
    return { id, name, deleted: true as const };
  });
}

/** One run now, whatever the schedule's times are and whether it is at work. */
async function runSchedule(engine: Engine, ref: string): Promise<JsonObject> {
  return await acting(engine, ref, async (row) => {
    const now = await freeTime(engine, row, engine.env.clock.now());
    const done = await fire(engine, row, { dueAt: now, cause: "manual" });
    if (done === null) return null;
    if (done.runId === null) throw failureOf(done.fire);
    const hint = row.status === "ended" && `beyond its end: ${row.reason}`;
    return {
      schedule: row.name,
      due_at: rfc3339(now),
      workflow_id: done.runId,
      ...(hint && { hint }),
    };
  });
}

/** A time of asking that nothing is known of yet, and that is none of a schedule's: those are whole seconds. */
async function freeTime({ env }: Engine, { id }: ScheduleRow, now: number): Promise<number> {
  const { rows } = await env.store.listFires({ scheduleId: id, since: now, limit: MOST_FIRES });
  const taken = new Set(rows.map(({ dueAt }) => dueAt));
  while (taken.has(now) || now % 1_000 === 0) now++;
  return now;
}

async function fire(
  engine: Engine,
  row: ScheduleRow,
  { dueAt, cause }: Pick<FireRow, "dueAt" | "cause">,
): Promise<{ fire: FireRow; runId: string | null } | null> {
  const { env, scheduler } = engine;
  const now = env.clock.now();
  const open = await env.store.unfinishedAmong(parseJson(row.openRuns) as number[]);
  return await scheduler.started(row, {
    next: { ...row, openRuns: JSON.stringify(open), updatedAt: now },
    fire: {
      scheduleId: row.id,
      dueAt,
      cause,
      at: now,
      runNo: null,
      outcome: "started",
      detail: null,
    },
    fires: [],
  });
}

function failureOf({ detail }: FireRow): OpcodeError {
  const { error } = parseJson(detail!) as { error: { code: string; message: string } };
  return new OpcodeError(error.code as OpcodeError["code"], error.message);
}

async function listFires(
  engine: Engine,
  ref: string,
  { limit, cursor }: FirePage = {},
): Promise<{ fires: JsonObject[]; next_cursor?: string }> {
  const count = pageLimit(limit, { initial: DEFAULT_FIRES, most: MOST_FIRES });
  const { id } = await found(engine, ref);
  const page = await engine.env.store.listFires({
    scheduleId: id,
    limit: count,
    ...(cursor !== undefined && { cursor: openCursor("schedules", { fires: id }, cursor) }),
  });
  return {
    fires: page.rows.map(fireReport),
    ...(page.next !== null && { next_cursor: sealCursor("schedules", { fires: id }, page.next) }),
  };
}

/** One run for each time of the past that has none yet; what has been started is told also when it breaks off. */
async function backfill(
  engine: Engine,
  ref: string,
  request: BackfillRequest,
): Promise<BackfillReply> {
  const { env } = engine;
  const row = await found(engine, ref);
  const [from, to] = [moment("from", request.from), moment("to", request.to)];
  if (to > env.clock.now()) throw faultAt("to", "must not be in the future");
  if (from > to) throw faultAt("from", "must not be after to");
  const cron = readCron(row, at);
  const times: number[] = [];
  for (let time = cron.next(from - 1); time !== null && time <= to; time = cron.next(time)) {
    times.push(time);
    if (times.length > MOST_BACKFILLED) {
      throw faultAt(
        "to",
        `there are more than ${MOST_BACKFILLED} times up to it, the most of one backfill: ` +
          `the ${MOST_BACKFILLED}th is ${rfc3339(times.at(-2)!)}`,
        { limit: MOST_BACKFILLED },
      );
    }
  }
  const done = await timesWithRuns(env, row.id, [times[0] ?? from, times.at(-1) ?? from]);
  const left = times.filter((time) => !done.has(time));
  const reply: BackfillReply = { schedule: row.name, had_runs: times.length - left.length };
  if (request.dry_run) return { ...reply, dry_run: true, times: left.map(rfc3339) };
  const fires: JsonObject[] = reply.fires = [];
  for (const dueAt of left) {
    try {
      const fired = await acting(
        engine,
        row.id,
        (now) => fire(engine, now, { dueAt, cause: "backfill" }),
      );
      fires.push({
        due_at: rfc3339(dueAt),
        ...(fired.runId !== null && { workflow_id: fired.runId }),
        ...(fired.fire.detail !== null && parseJson(fired.fire.detail) as JsonObject),
      });
    } catch (thrown) {
      // Whoever is only told that it failed would not know of the runs that have begun.
      if (!(thrown instanceof OpcodeError) || fires.length === 0) throw thrown;
      const { code, message } = thrown;
      reply.broken_off = { code, message } satisfies BrokenOff;
      break;
    }
  }
  return reply;
}

function moment(field: string, text: string): number {
  const found = typeof text === "string" ? parseMoment(text) : undefined;
  if (found !== undefined) return found;
  throw faultAt(field, "must be an RFC 3339 time such as 2026-01-31T12:00:00Z");
}
