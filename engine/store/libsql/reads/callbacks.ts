// What others are still to be told of a run.

import type { CallbackRow } from "../../store.ts";
import { CALLBACK } from "./rows.ts";
import type { Source } from "./source.ts";

export function firstCallback(source: Source, runNo: number): CallbackRow | null {
  const raw = source.row(
    `SELECT ${CALLBACK.columns()} FROM callbacks WHERE run_no = ? ORDER BY seq LIMIT 1`,
    [runNo],
  );
  return raw === undefined ? null : CALLBACK.decode(source, raw);
}
