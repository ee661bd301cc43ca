// What the named reads have in common: cached statements, texts kept in blobs.

import { RUN_STATUSES, type RunStatus } from "../../../core/status.ts";
import { composedText, decodeComposed } from "../composed.ts";
import { outputOf } from "../output.ts";
import type { Connection, Statement } from "../libsql/connection.ts";

/** Bytes of what stands for a text in `blobs`; what is composed of other texts has more. */
export const HASH_BYTES = 32;

/** A row as the binding gives it: numbers, texts, null, and ArrayBuffers for blobs. */
export type Raw = Record<string, any>;

export class Source {
  readonly #connection: Connection;
  readonly #statements = new Map<string, Statement>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** All rows of a query; its statement is prepared once a text. */
  rows(sql: string, values: (number | string | null)[] = []): Raw[] {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement.all(values) as Raw[];
  }

  row(sql: string, values: (number | string | null)[] = []): Raw | undefined {
    return this.rows(sql, values)[0];
  }

  /** The text of a column that may hold the hash of a blob instead, or what it is composed of. */
  text(value: string | ArrayBuffer | null): string | null {
    if (value === null || typeof value === "string") return value;
    if (value.byteLength !== HASH_BYTES) return this.#composed(Buffer.from(value).toString());
    const hash = Buffer.from(value).toString("hex");
    const row = this.row("SELECT content FROM blobs WHERE sha256 = unhex(?)", [hash]);
    if (row === undefined) throw new Error(`the content of blob ${hash} is missing`);
    return row.content;
  }

  #composed(stored: string): string {
    const { runNo, parts } = decodeComposed(stored);
    return composedText({ parts }, (seq) => outputOf(this.payloadAt(runNo, seq)));
  }

  /** The payload of the run's event with this number. */
  payloadAt(runNo: number, seq: number): string | null {
    const sql = "SELECT payload FROM events WHERE run_no = ? AND seq = ?";
    return this.text(this.row(sql, [runNo, seq])?.payload ?? null);
  }

  /** The payload of the event with this id. */
  payload(id: number): string | null {
    return this.text(this.row("SELECT payload FROM events WHERE id = ?", [id])?.payload ?? null);
  }

  /** One snapshot for all that `read` asks. */
  snapshot<T>(read: () => T): T {
    this.rows("BEGIN");
    try {
      return read();
    } finally {
      this.rows("COMMIT");
    }
  }
}

/** The stored code of a run status. */
export function statusCode(status: RunStatus): number {
  return RUN_STATUSES.indexOf(status);
}
