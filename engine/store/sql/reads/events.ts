// How events are listed: in commit order, and never by walking an unbounded part of the history.

import { eventCode, type EventType } from "../../../journal/event-types.ts";
import { fitting } from "../../page.ts";
import type { EventFilter, StoredEvent } from "../../store.ts";
import { isRare, RARE } from "../indexed.ts";
import type { Raw, Reading, Value } from "../reading.ts";
import type { Source } from "../source.ts";
import { eventColumns, storedEvents } from "./rows.ts";

/** Events that one read looks at when no index knows all of the filter. */
const WINDOW = 10_000;

/** Events are in the order of their times, but for a clock that is set back: by at most this, ms. */
const CLOCK_SET_BACK = 24 * 3_600_000;

/**
 * Where those up to a time end is looked for so much after it, ms: all in between are looked at, and a
 * busy day has millions.
 */
const SLIGHTLY_SET_BACK = 60_000;

/** The last event looked at. `seq` is 0 when it was only looked at, not shown. */
export type EventKey = [id: number, seq: number];

export interface EventSlice {
  rows: StoredEvent[];
  /** Where the next page begins; null at the end. */
  next: EventKey | null;
}

/**
 * At most `limit` events after `after` in the asked order, fewer when their payloads are large. What
 * no index knows alone (all but a run, and a rare type) is looked for in `WINDOW` events a read: a
 * page may then be short, or empty, and still have a next one.
 */
export function listEvents(
  source: Source,
  filter: EventFilter,
  after: EventKey | null,
): Reading<EventSlice> {
  return filter.runId === undefined
    ? ofAllRuns(source, filter, after)
    : ofOneRun(source, filter, filter.runId, after);
}

function* ofOneRun(
  source: Source,
  filter: EventFilter,
  runId: string,
  after: EventKey | null,
): Reading<EventSlice> {
  const run = yield* source.row("SELECT run_no FROM runs WHERE id = ?", [runId]);
  if (run === undefined) return { rows: [], next: null };
  const conditions = new Conditions(filter);
  const isPlain = conditions.count === 0;
  conditions.add("run_no = ?", run.run_no);
  const newest = filter.order === "newest";
  let bottom = newest ? 0 : after?.[1] ?? 0;
  if (filter.afterId !== undefined) {
    // Ids grow with the sequence numbers: from the newest event back is only what is asked for.
    const last = yield* source.row(
      "SELECT seq FROM events WHERE run_no = ? AND id <= ? ORDER BY seq DESC LIMIT 1",
      [run.run_no, filter.afterId],
    );
    bottom = Math.max(bottom, last?.seq ?? 0);
  }
  const top = newest && after !== null ? after[1] - 1 : yield* lastSeq(source, run.run_no);
  let end: number | null = null;
  if (!isPlain && top - bottom > WINDOW) end = newest ? top - WINDOW : bottom + WINDOW;
  // One bound at each end: of several the planner takes any.
  conditions.add("seq > ?", newest ? end ?? bottom : bottom);
  conditions.add("seq <= ?", newest ? top : end ?? top);
  const rows = yield* source.rows(
    `SELECT ${eventColumns(source.dialect, "events")} FROM events WHERE ${conditions.text}
     ORDER BY seq ${newest ? "DESC" : "ASC"} LIMIT ?`,
    [...conditions.values, filter.limit + 1],
  );
  const next: EventKey | null = end === null ? null : [0, newest ? end + 1 : end];
  return yield* cut(source, filter, rows, () => runId, next);
}

function* ofAllRuns(
  source: Source,
  filter: EventFilter,
  after: EventKey | null,
): Reading<EventSlice> {
  const newest = filter.order === "newest";
  const last = yield* lastShown(source);
  const isBounded = source.dialect.shownUpTo !== null;
  const first = newest ? yield* firstAfter(source, filter, last) : null;
  const from = after?.[0] ?? first ?? (newest && isBounded ? last + 1 : null);
  const bottom = Math.max(filter.afterId ?? 0, newest ? 0 : from ?? 0);
  const range: Range = { newest, from, bottom, last };
  const types = typesOf(filter);
  const code = types?.length === 1 ? eventCode(types[0]!) : undefined;
  const rare = code !== undefined && isRare(code) ? code : null;
  const conditions = new Conditions(filter);
  // What the index on rare types knows is read from it alone, however far back it is.
  const isIndexed = rare !== null && conditions.count === 1;
  const found = isIndexed
    ? null
    : rare === null
    ? yield* windowEnd(source, range)
    : yield* rareWindowEnd(source, rare, range);
  // What is behind the last that may be shown is for a later read, with which it begins then.
  const end = isBounded && !newest && found !== null && found >= last ? null : found;
  if (rare !== null) conditions.add(RARE);
  // One bound at each end: of several the planner takes any.
  conditions.add("id > ?", newest && end !== null ? end - 1 : bottom);
  if (newest && from !== null) conditions.add("id < ?", from);
  if (!newest && end !== null) conditions.add("id <= ?", end);
  else if (!newest && isBounded) conditions.add("id <= ?", last);
  const { unindexed, indexedBy } = source.dialect;
  const order = `ORDER BY id ${newest ? "DESC" : "ASC"}`;
  const rows = yield* source.rows(
    `SELECT page.*, r.id AS run_id FROM (
       SELECT ${eventColumns(source.dialect, "events")} FROM events ${
      rare === null ? unindexed : indexedBy("events_rare")
    } WHERE ${conditions.text} ${order} LIMIT ?
     ) AS page CROSS JOIN runs r WHERE r.run_no = page.run_no ${order.replace("id", "page.id")}`,
    [...conditions.values, filter.limit + 1],
  );
  const isOver = end !== null && newest && rows.length === 0 &&
    (yield* isTooOld(source, end, filter));
  const next: EventKey | null = end === null || isOver ? null : [end, 0];
  return yield* cut(source, filter, rows, (raw) => raw.run_id, next);
}

interface Range {
  newest: boolean;
  /** The last event looked at before. */
  from: number | null;
  bottom: number;
  /** The last event that may be shown. */
  last: number;
}

/** The last event that a read looks at; null when it can look at all that is left. */
function* windowEnd(
  source: Source,
  { newest, from, bottom, last }: Range,
): Reading<number | null> {
  // From the next event that is there on: of those in between any number may have been removed.
  if (newest) {
    const sql = "SELECT max(id) AS id FROM events WHERE id < ?";
    const next: number = (yield* source.row(sql, [from ?? last + 1]))!.id ?? 0;
    const end = next + 1 - WINDOW;
    return end > bottom + 1 ? end : null;
  }
  const sql = "SELECT min(id) AS id FROM events WHERE id > ?";
  const next: number = (yield* source.row(sql, [bottom]))!.id ?? last;
  const end = next - 1 + WINDOW;
  return end < last ? end : null;
}

/** The same among the events of a rare type. */
function* rareWindowEnd(
  source: Source,
  code: number,
  range: Range,
): Reading<number | null> {
  const { newest, from, bottom } = range;
  const isAfter = newest && from !== null;
  const row = yield* source.row(
    `SELECT id FROM events ${source.dialect.indexedBy("events_rare")}
     WHERE type = ? AND ${RARE} AND id > ?${isAfter ? " AND id < ?" : ""}
     ORDER BY id ${newest ? "DESC" : "ASC"} LIMIT 1 OFFSET ${WINDOW - 1}`,
    [code, bottom, ...(isAfter ? [from] : [])],
  );
  return row?.id ?? null;
}

/** Whether all that is before this event is too old for the filter. */
function* isTooOld(
  source: Source,
  id: number,
  { since }: EventFilter,
): Reading<boolean> {
  if (since === undefined) return false;
  const row = yield* source.row(FROM_ID, [id]);
  return row !== undefined && row.at < since - CLOCK_SET_BACK;
}

/**
 * The event before which all of the time asked for are, by halving: ids are in the order of times, but
 * for a clock that was set back a little. Null when there is none that is later.
 */
function* firstAfter(
  source: Source,
  { until }: EventFilter,
  last: number,
): Reading<number | null> {
  if (until === undefined) return null;
  let [low, high] = [0, last + 1];
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    const row = yield* source.row(FROM_ID, [middle]);
    if (row === undefined || row.at > until + SLIGHTLY_SET_BACK) high = middle;
    else low = middle;
  }
  return high > last ? null : high;
}

/** When the event with this id was written, or the next one that is there. */
const FROM_ID = "SELECT at FROM events WHERE id >= ? ORDER BY id LIMIT 1";

/** The last event that may be shown: nothing appears before it any more. */
function* lastShown(source: Source): Reading<number> {
  const { shownUpTo } = source.dialect;
  return (yield* source.row(shownUpTo ?? "SELECT max(id) AS id FROM events"))?.id ?? 0;
}

function* lastSeq(source: Source, runNo: number): Reading<number> {
  const sql = "SELECT max(seq) AS seq FROM events WHERE run_no = ?";
  return (yield* source.row(sql, [runNo]))?.seq ?? 0;
}

/** What one type, or several, have been asked for; undefined: all. */
function typesOf({ type }: EventFilter): readonly EventType[] | undefined {
  return typeof type === "string" ? [type] : type;
}

/** `beyond`: where to go on when these rows are all that the read looked at. */
function* cut(
  source: Source,
  filter: EventFilter,
  raws: Raw[],
  runId: (raw: Raw) => string,
  beyond: EventKey | null,
): Reading<EventSlice> {
  const { limit, mostText: most = Infinity } = filter;
  const fit = fitting(raws, limit, ({ payload_size: size }) => size > most ? 0 : size);
  const rows = yield* storedEvents(source, fit, { runId, most });
  const last = rows.at(-1);
  return { rows, next: fit.length < raws.length && last ? [last.id, last.seq] : beyond };
}

/** The conditions that do not depend on where the list goes on. */
class Conditions {
  readonly #parts: string[] = [];
  readonly values: Value[] = [];

  constructor(filter: EventFilter) {
    const { stepId, since, until, templateName, runAgentId } = filter;
    const types = typesOf(filter);
    if (types?.length === 1) this.add("type = ?", eventCode(types[0]!) ?? -1);
    else if (types) this.add(`type IN (${types.map((type) => eventCode(type) ?? -1).join(", ")})`);
    if (stepId !== undefined) this.add("step_id = ?", stepId);
    if (since !== undefined) this.add("at >= ?", since);
    if (until !== undefined) this.add("at <= ?", until);
    if (templateName !== undefined) this.#addOfRun("template_name", templateName);
    if (runAgentId !== undefined) this.#addOfRun("agent_id", runAgentId);
  }

  #addOfRun(column: string, value: string): void {
    const run = "SELECT 1 FROM runs WHERE runs.run_no = events.run_no";
    this.add(`EXISTS (${run} AND runs.${column} = ?)`, value);
  }

  add(part: string, ...values: (number | string)[]): void {
    this.#parts.push(part);
    this.values.push(...values);
  }

  get count(): number {
    return this.#parts.length;
  }

  get text(): string {
    return this.#parts.join(" AND ");
  }
}

export function* eventText(
  source: Source,
  runNo: number,
  seq: number,
  most: number,
): Reading<{ payload: string | null; size: number } | null> {
  const raw = yield* source.row(
    `SELECT ${eventColumns(source.dialect, "e")} FROM events e WHERE e.run_no = ? AND e.seq = ?`,
    [runNo, seq],
  );
  if (raw === undefined) return null;
  const [event] = yield* storedEvents(source, [raw], { runId: () => "", most });
  return { payload: event!.payload, size: event!.payloadSize };
}

export function eventPayload(source: Source, runNo: number, seq: number): Reading<string | null> {
  return source.payloadAt(runNo, seq);
}
