// How schedules are found: one, those of a template, a list of them; and what became of their times.

import { isTerminal, RUN_STATUSES } from "../../../../core/status.ts";
import { SCHEDULE_STATUSES } from "../../../../core/schedule-terms.ts";
import { fitting, type Slice, sliceRows } from "../../page.ts";
import type { FireFilter, ScheduleFilter, ScheduleRow, StoredFire } from "../../store.ts";
import type { Raw, Reading } from "../reading.ts";
import type { Source } from "../source.ts";
import { FIRE, SCHEDULE } from "./rows.ts";

const COLUMNS = SCHEDULE.columns();

export function schedule(source: Source, id: string): Reading<ScheduleRow | null> {
  return one(source, `SELECT ${COLUMNS} FROM schedules WHERE id = ?`, id);
}

export function scheduleByName(source: Source, name: string): Reading<ScheduleRow | null> {
  return one(source, `SELECT ${COLUMNS} FROM schedules WHERE name = ?`, name);
}

function* one(source: Source, sql: string, key: string): Reading<ScheduleRow | null> {
  const [row = null] = yield* SCHEDULE.read(source, yield* source.rows(sql, [key]));
  return row;
}

export function* triggersOf(source: Source, templateName: string): Reading<ScheduleRow[]> {
  const rows = yield* source.rows(
    `SELECT ${COLUMNS} FROM schedules WHERE template_name = ? AND trigger_name IS NOT NULL
     ORDER BY name`,
    [templateName],
  );
  return yield* SCHEDULE.read(source, rows);
}

/** By name, after this one. */
export function* listSchedules(
  source: Source,
  { id, name, templateName, agentId, status, limit }: ScheduleFilter,
  after: string | null,
): Reading<Slice<ScheduleRow>> {
  const criteria: [string, number | string | null | undefined][] = [
    ["id = ?", id],
    ["name = ?", name],
    ["template_name = ?", templateName],
    ["agent_id = ?", agentId],
    ["status = ?", status && SCHEDULE_STATUSES.indexOf(status)],
    ["name > ?", after ?? undefined],
  ];
  const given = criteria.filter(([, value]) => value !== undefined);
  const where = given.length === 0 ? "" : `WHERE ${given.map(([sql]) => sql).join(" AND ")}`;
  const rows = yield* source.rows(
    `SELECT ${COLUMNS}, ${source.dialect.contentSize("params")} AS size
     FROM schedules ${where} ORDER BY name LIMIT ?`,
    [...given.map(([, value]) => value!), limit + 1],
  );
  const fit = fitting(rows, limit, ({ size }) => size);
  return { rows: yield* SCHEDULE.read(source, fit), more: fit.length < rows.length };
}

/** The latest time first, before this one. */
export function* listFires(
  source: Source,
  { scheduleId, since, until, limit }: FireFilter,
  before: number | null,
): Reading<Slice<StoredFire>> {
  const rows = yield* source.rows(
    `SELECT ${FIRE.columns("f")}, r.id AS run_id, r.status AS run_status
     FROM fires f LEFT JOIN runs r ON r.run_no = f.run_no
     WHERE f.schedule_id = ? AND f.due_at < ? AND f.due_at >= ? AND f.due_at <= ?
     ORDER BY f.due_at DESC LIMIT ?`,
    [
      scheduleId,
      before ?? Number.MAX_SAFE_INTEGER,
      since ?? Number.MIN_SAFE_INTEGER,
      until ?? Number.MAX_SAFE_INTEGER,
      limit + 1,
    ],
  );
  return sliceRows(rows, limit, () => 0, (raw: Raw) => ({
    ...FIRE.decode(raw),
    runId: raw.run_id,
    runStatus: raw.run_status === null ? null : RUN_STATUSES[raw.run_status]!,
  }));
}

export function* unfinishedAmong(source: Source, runNos: readonly number[]): Reading<number[]> {
  const rows = yield* source.rows(
    `SELECT run_no, status FROM runs
     WHERE run_no IN (SELECT value FROM ${source.dialect.numbersOf("?")})`,
    [JSON.stringify(runNos)],
  );
  const unfinished = new Set(
    rows.filter(({ status }) => !isTerminal(RUN_STATUSES[status]!)).map(({ run_no }) => run_no),
  );
  return runNos.filter((runNo) => unfinished.has(runNo));
}
