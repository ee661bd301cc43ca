// How counts of stretches of time go that nobody asks for any more: with the first of a new quarter of an hour.

import { type BucketRow, KEPT_MS, type Span, SPAN_MS, SPANS } from "../counts.ts";
import { BUCKETS, columnsOf } from "../tables.ts";
import { type Value, WIDTH } from "../sql/lists.ts";
import type { Connection, Statement } from "./connection.ts";

const AT = columnsOf(BUCKETS).findIndex(({ field }) => field === "at" satisfies keyof BucketRow);

export class OldBuckets {
  readonly #connection: Connection;
  #delete: Statement | null = null;
  /** The quarter of which the newest stretch was when they were last removed. */
  #quarter = -Infinity;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** `written`: the rows of a batch, flat, which are in the table by now. */
  remove(written: readonly Value[]): void {
    let newest = 0;
    for (let at = AT; at < written.length; at += WIDTH.buckets) {
      newest = Math.max(newest, written[at] as number);
    }
    const quarter = newest - newest % SPAN_MS.quarter;
    if (quarter <= this.#quarter) return;
    this.#quarter = quarter;
    this.#delete ??= this.#connection.prepare("DELETE FROM buckets WHERE span = ? AND at < ?");
    for (const span of SPANS) this.#delete.run([codeOf(span), quarter - KEPT_MS[span]]);
  }
}

function codeOf(span: Span): number {
  return SPANS.indexOf(span);
}
