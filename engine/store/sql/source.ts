// What the named reads have in common: how they ask, and how they come by texts that are kept apart.

import { RUN_STATUSES, type RunStatus } from "../../../core/status.ts";
import { composedText, decodeComposed } from "../composed.ts";
import { outputOf } from "../output.ts";
import type { Dialect } from "./dialect.ts";
import type { Raw, Reading, Value } from "./reading.ts";

export class Source {
  readonly dialect: Dialect;

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  /** All rows of a query. */
  *rows(sql: string, values: readonly Value[] = []): Reading<Raw[]> {
    return yield { sql, values };
  }

  *row(sql: string, values: readonly Value[] = []): Reading<Raw | undefined> {
    return (yield { sql, values })[0];
  }

  /** The text of a content column, by its value. */
  *text(value: unknown): Reading<string | null> {
    const apart = this.dialect.apart(value);
    if (apart === null) return value as string | null;
    if ("composed" in apart) return yield* this.#composed(apart.composed);
    const [row] = yield apart.content;
    if (row === undefined) throw new Error(`the content of ${apart.name} is missing`);
    return row.content;
  }

  *#composed(stored: string): Reading<string> {
    const { runNo, parts } = decodeComposed(stored);
    const seqs = parts.filter((part) => typeof part === "number");
    const outputs = new Map<number, string | null>();
    for (const seq of seqs) outputs.set(seq, outputOf(yield* this.payloadAt(runNo, seq)));
    return composedText({ parts }, (seq) => outputs.get(seq)!);
  }

  /** The payload of the run's event with this number. */
  *payloadAt(runNo: number, seq: number): Reading<string | null> {
    const sql = "SELECT payload FROM events WHERE run_no = ? AND seq = ?";
    const row = yield* this.row(sql, [runNo, seq]);
    return yield* this.text(row?.payload ?? null);
  }

  /** The payloads of the events with these ids, all with one query. */
  payloads(ids: readonly number[]): Reading<Map<number, string | null>> {
    const sql = `SELECT id AS key, payload AS content FROM events
      WHERE id IN (SELECT value FROM ${this.dialect.numbersOf("?")})`;
    return this.#contents(ids, sql, []);
  }

  /** The payloads of the run's events with these numbers. */
  payloadsAt(runNo: number, seqs: readonly number[]): Reading<Map<number, string | null>> {
    const sql = `SELECT seq AS key, payload AS content FROM events
      WHERE run_no = ? AND seq IN (SELECT value FROM ${this.dialect.numbersOf("?")})`;
    return this.#contents(seqs, sql, [runNo]);
  }

  /** The params of the runs with these numbers. */
  params(runNos: readonly number[]): Reading<Map<number, string | null>> {
    const sql = `SELECT run_no AS key, params AS content FROM runs
      WHERE run_no IN (SELECT value FROM ${this.dialect.numbersOf("?")})`;
    return this.#contents(runNos, sql, []);
  }

  /** The contents that the query finds by these keys, which it is given as its last value. */
  *#contents(
    keys: readonly number[],
    sql: string,
    values: readonly Value[],
  ): Reading<Map<number, string | null>> {
    const found = new Map<number, string | null>();
    if (keys.length === 0) return found;
    const rows = yield* this.rows(sql, [...values, JSON.stringify(keys)]);
    for (const { key, content } of rows) found.set(key, yield* this.text(content));
    return found;
  }
}

/** The stored code of a run status. */
export function statusCode(status: RunStatus): number {
  return RUN_STATUSES.indexOf(status);
}
