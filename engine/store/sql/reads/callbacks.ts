// What others are still to be told of runs, and what they were not told.

import { type Slice, sliceRows } from "../../page.ts";
import type { CallbackFilter, CallbackRow, StoredCallback } from "../../store.ts";
import type { Raw, Reading } from "../reading.ts";
import type { Source } from "../source.ts";
import { CALLBACK } from "./rows.ts";

export function* firstCallback(source: Source, runNo: number): Reading<CallbackRow | null> {
  const raw = yield* source.row(
    `SELECT ${CALLBACK.columns()} FROM callbacks
     WHERE run_no = ? AND given_up_at IS NULL ORDER BY seq LIMIT 1`,
    [runNo],
  );
  return raw === undefined ? null : CALLBACK.decode(raw);
}

const STORED = `${CALLBACK.columns("c")}, c.given_up_at IS NULL AND EXISTS (
    SELECT 1 FROM callbacks b
    WHERE b.run_no = c.run_no AND b.seq < c.seq AND b.given_up_at IS NULL
  ) AS is_behind`;

export function* callback(
  source: Source,
  runNo: number,
  seq: number,
): Reading<StoredCallback | null> {
  const raw = yield* source.row(
    `SELECT ${STORED} FROM callbacks c WHERE c.run_no = ? AND c.seq = ?`,
    [runNo, seq],
  );
  return raw === undefined ? null : stored(raw);
}

/** By run and event, after these. */
export function* listCallbacks(
  source: Source,
  { runNo, givenUp, limit }: CallbackFilter,
  after: [number, number] | null,
): Reading<Slice<StoredCallback>> {
  const criteria: [string, number[] | undefined][] = [
    ["c.run_no = ?", runNo === undefined ? undefined : [runNo]],
    ["c.given_up_at IS NOT NULL", givenUp === true ? [] : undefined],
    ["c.given_up_at IS NULL", givenUp === false ? [] : undefined],
    ["(c.run_no, c.seq) > (?, ?)", after ?? undefined],
  ];
  const given = criteria.filter(([, values]) => values !== undefined);
  const where = given.length === 0 ? "" : `WHERE ${given.map(([sql]) => sql).join(" AND ")}`;
  const rows = yield* source.rows(
    `SELECT ${STORED} FROM callbacks c ${where} ORDER BY c.run_no, c.seq LIMIT ?`,
    [...given.flatMap(([, values]) => values!), limit + 1],
  );
  const sizeOf = ({ url, head }: Raw) => url.length + head.length;
  return sliceRows(rows, limit, sizeOf, stored);
}

function stored(raw: Raw): StoredCallback {
  return { ...CALLBACK.decode(raw), isBehind: raw.is_behind === 1 };
}
