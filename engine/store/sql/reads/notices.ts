// What agents are still to be told: one of them, or what one run has said.

import { MOST_NOTICES, NOTICE_KINDS } from "../../notice-terms.ts";
import type { NoticeRow } from "../../store.ts";
import type { Reading } from "../reading.ts";
import type { Source } from "../source.ts";
import { NOTICE } from "./rows.ts";

const COLUMNS = NOTICE.columns();
const MESSAGE = NOTICE_KINDS.indexOf("message");

export function* noticesOf(source: Source, agentId: string, since: number): Reading<NoticeRow[]> {
  const rows = yield* source.rows(
    `SELECT ${COLUMNS} FROM notices WHERE agent_id = ? AND at >= ? ORDER BY no LIMIT ?`,
    [agentId, since, MOST_NOTICES],
  );
  return rows.map(NOTICE.decode);
}

/** Those of the agents for whom something is kept. */
export function* withNotices(source: Source, agentIds: readonly string[]): Reading<string[]> {
  const rows = yield* source.rows(
    `SELECT value FROM ${source.dialect.textsOf("?")}
     WHERE EXISTS (SELECT 1 FROM notices WHERE agent_id = value)`,
    [JSON.stringify(agentIds)],
  );
  return rows.map(({ value }) => value);
}

/** Messages of the run's steps, whomever they are for. */
export function* noticesOfRun(source: Source, runId: string, since: number): Reading<NoticeRow[]> {
  const rows = yield* source.rows(
    `SELECT ${COLUMNS} FROM notices WHERE run_id = ? AND kind = ${MESSAGE} AND at >= ?
     ORDER BY no LIMIT ?`,
    [runId, since, MOST_NOTICES],
  );
  return rows.map(NOTICE.decode);
}
