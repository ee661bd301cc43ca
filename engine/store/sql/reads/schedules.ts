// How schedules are found: one, those of a template, a list of them; and what became of their times.

import { isTerminal, RUN_STATUSES } from "../../../../core/status.ts";
import { SCHEDULE_STATUSES } from "../../../../core/schedule-terms.ts";
import { type Slice, sliceRows } from "../../page.ts";
import type { FireFilter, ScheduleFilter, ScheduleRow, StoredFire } from "../../store.ts";
import { FIRE, SCHEDULE } from "./rows.ts";
import { sizeOf } from "./sizes.ts";
import type { Raw, Source } from "../source.ts";

const COLUMNS = SCHEDULE.columns();

export function schedule(source: Source, id: string): ScheduleRow | null {
  return one(source, `SELECT ${COLUMNS} FROM schedules WHERE id = ?`, id);
}

export function scheduleByName(source: Source, name: string): ScheduleRow | null {
  return one(source, `SELECT ${COLUMNS} FROM schedules WHERE name = ?`, name);
}

function one(source: Source, sql: string, key: string): ScheduleRow | null {
  const raw = source.row(sql, [key]);
  return raw === undefined ? null : SCHEDULE.decode(source, raw);
}

export function triggersOf(source: Source, templateName: string): ScheduleRow[] {
  return source.rows(
    `SELECT ${COLUMNS} FROM schedules WHERE template_name = ? AND trigger_name IS NOT NULL
     ORDER BY name`,
    [templateName],
  ).map((raw) => SCHEDULE.decode(source, raw));
}

/** By name, after this one. */
export function listSchedules(
  source: Source,
  { id, name, templateName, agentId, status, limit }: ScheduleFilter,
  after: string | null,
): Slice<ScheduleRow> {
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
  const rows = source.rows(
    `SELECT ${COLUMNS}, ${sizeOf("params")} AS size FROM schedules ${where} ORDER BY name LIMIT ?`,
    [...given.map(([, value]) => value!), limit + 1],
  );
  return sliceRows(rows, limit, ({ size }) => size, (raw) => SCHEDULE.decode(source, raw));
}

/** The latest time first, before this one. */
export function listFires(
  source: Source,
  { scheduleId, since, until, limit }: FireFilter,
  before: number | null,
): Slice<StoredFire> {
  const rows = source.rows(
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
    ...FIRE.decode(source, raw),
    runId: raw.run_id,
    runStatus: raw.run_status === null ? null : RUN_STATUSES[raw.run_status]!,
  }));
}

export function unfinishedAmong(source: Source, runNos: readonly number[]): number[] {
  return runNos.filter((runNo) => {
    const raw = source.row("SELECT status FROM runs WHERE run_no = ?", [runNo]);
    return raw !== undefined && !isTerminal(RUN_STATUSES[raw.status]!);
  });
}
