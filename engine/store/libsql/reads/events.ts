// How events are listed: in commit order, and never by walking an unbounded part of the history.

import { eventCode } from "../../../journal/event-types.ts";
import { sliceRows } from "../../page.ts";
import type { EventFilter, StoredEvent } from "../../store.ts";
import { isRare, RARE } from "../migrations.ts";
import { eventColumns } from "./sizes.ts";
import type { Raw, Source } from "./source.ts";

/** Events that one read looks at when no index narrows the filter. */
const WINDOW = 100_000;

/** The last event looked at. `seq` is 0 when it was only looked at, not shown. */
export type EventKey = [id: number, seq: number];

export interface EventSlice {
  rows: StoredEvent[];
  /** Where the next page begins; null at the end. */
  next: EventKey | null;
}

/**
 * At most `limit` events after `after` in the asked order, fewer when their payloads are large. Without a run and a rare type, one read
 * covers `WINDOW` events: its page may then be short, or empty, and still have a next one.
 */
export function listEvents(
  source: Source,
  filter: EventFilter,
  after: EventKey | null,
): EventSlice {
  return filter.runId === undefined
    ? ofAllRuns(source, filter, after)
    : ofOneRun(source, filter, filter.runId, after);
}

function ofOneRun(
  source: Source,
  filter: EventFilter,
  runId: string,
  after: EventKey | null,
): EventSlice {
  const run = source.row("SELECT run_no FROM runs WHERE id = ?", [runId]);
  if (run === undefined) return { rows: [], next: null };
  const conditions = new Conditions(filter);
  conditions.add("run_no = ?", run.run_no);
  const newest = filter.order === "newest";
  if (after !== null) conditions.add(newest ? "seq < ?" : "seq > ?", after[1]);
  if (filter.afterId !== undefined) {
    // Ids grow with the sequence numbers: from the newest event back is only what is asked for.
    const last = source.row(
      "SELECT seq FROM events WHERE run_no = ? AND id <= ? ORDER BY seq DESC LIMIT 1",
      [run.run_no, filter.afterId],
    );
    conditions.add("seq > ?", last?.seq ?? 0);
  }
  const rows = source.rows(
    `SELECT ${eventColumns("events")} FROM events WHERE ${conditions.text}
     ORDER BY seq ${newest ? "DESC" : "ASC"} LIMIT ?`,
    [...conditions.values, filter.limit + 1],
  );
  return cut(source, filter, rows, () => runId, null);
}

function ofAllRuns(source: Source, filter: EventFilter, after: EventKey | null): EventSlice {
  const newest = filter.order === "newest";
  const conditions = new Conditions(filter);
  const from = after?.[0] ?? null;
  const bottom = Math.max(filter.afterId ?? 0, newest ? 0 : from ?? 0);
  conditions.add("id > ?", bottom);
  if (newest && from !== null) conditions.add("id < ?", from);
  const code = filter.type === undefined ? undefined : eventCode(filter.type);
  const narrowed = code !== undefined && isRare(code);
  let table = "events INDEXED BY events_rare";
  let end: number | null = null;
  if (narrowed) conditions.add(RARE);
  else {
    table = "events NOT INDEXED";
    end = windowEnd(source, { newest, from, bottom });
    if (end !== null) conditions.add(newest ? "id > ?" : "id <= ?", end);
  }
  const rows = source.rows(
    `SELECT page.*, r.id AS run_id FROM (
       SELECT ${eventColumns("events")} FROM ${table} WHERE ${conditions.text}
       ORDER BY id ${newest ? "DESC" : "ASC"} LIMIT ?
     ) page CROSS JOIN runs r ON r.run_no = page.run_no ORDER BY page.id ${
      newest ? "DESC" : "ASC"
    }`,
    [...conditions.values, filter.limit + 1],
  );
  const next: EventKey | null = end === null ? null : [newest ? end + 1 : end, 0];
  return cut(source, filter, rows, (raw) => raw.run_id, next);
}

/** The id at which a read stops looking; null when it can look at all that is left. */
function windowEnd(
  source: Source,
  at: { newest: boolean; from: number | null; bottom: number },
): number | null {
  const last = source.row("SELECT max(id) AS id FROM events")?.id ?? 0;
  if (at.newest) {
    const end = (at.from ?? last + 1) - 1 - WINDOW;
    return end > at.bottom ? end : null;
  }
  const end = at.bottom + WINDOW;
  return end < last ? end : null;
}

/** `beyond`: where to go on when these rows are all that the read looked at. */
function cut(
  source: Source,
  filter: EventFilter,
  rows: Raw[],
  runId: (raw: Raw) => string,
  beyond: EventKey | null,
): EventSlice {
  const { limit, mostText = Infinity } = filter;
  const sizeOf = ({ payload_size: size }: Raw) => size > mostText ? 0 : size;
  const page = sliceRows(
    rows,
    limit,
    sizeOf,
    (raw) => source.event(raw, runId(raw), mostText),
  );
  const last = page.rows.at(-1);
  return { rows: page.rows, next: page.more && last ? [last.id, last.seq] : beyond };
}

/** The conditions that do not depend on where the list goes on. */
class Conditions {
  readonly #parts: string[] = [];
  readonly values: (number | string)[] = [];

  constructor({ type, stepId, since }: EventFilter) {
    if (type !== undefined) this.add("type = ?", eventCode(type) ?? -1);
    if (stepId !== undefined) this.add("step_id = ?", stepId);
    if (since !== undefined) this.add("at >= ?", since);
  }

  add(part: string, ...values: (number | string)[]): void {
    this.#parts.push(part);
    this.values.push(...values);
  }

  get text(): string {
    return this.#parts.join(" AND ");
  }
}

export function eventPayload(source: Source, runNo: number, seq: number): string | null {
  const sql = "SELECT payload FROM events WHERE run_no = ? AND seq = ?";
  return source.text(source.row(sql, [runNo, seq])?.payload ?? null);
}

export function lastEventId(source: Source): number {
  return source.row("SELECT coalesce(max(id), 0) AS id FROM events")!.id;
}
