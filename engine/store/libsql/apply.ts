// How the lists of a flat batch are written, one after the other.

import { createHash } from "node:crypto";
import { type Composed, encodeComposed } from "../composed.ts";
import type { Connection, Statement } from "./connection.ts";
import type { FlatBatch } from "../sql/flatten.ts";
import { GUARDS, LAST_GUARDS, LIST_NAMES, type ListName, WIDTH, WRITTEN } from "../sql/lists.ts";
import { MultiRow } from "./multi-row.ts";
import { OldBuckets } from "./old-buckets.ts";
import { OldNotices } from "./old-notices.ts";
import { STATEMENTS } from "./statements.ts";

export class Applier {
  readonly #rows: Record<ListName, MultiRow>;
  readonly #blob: Statement;
  readonly #oldBuckets: OldBuckets;
  readonly #oldNotices: OldNotices;

  constructor(connection: Connection) {
    const rows = LIST_NAMES.map((name) => {
      const { sql, text } = STATEMENTS[name];
      return [name, new MultiRow(connection, WIDTH[name], sql, text)];
    });
    this.#rows = Object.fromEntries(rows);
    this.#blob = connection.prepare("INSERT OR IGNORE INTO blobs (sha256, content) VALUES (?, ?)");
    this.#oldBuckets = new OldBuckets(connection);
    this.#oldNotices = new OldNotices(connection);
  }

  /** Inside a transaction. False when a guard missed: then some rows are written, roll back. */
  apply({ lists, long, withdrawn }: FlatBatch): boolean {
    if (!this.#hold(lists, GUARDS)) return false;
    for (const table of ["runs", "events", "templates", "schedules"] as const) {
      const values = lists[table];
      for (const at of long[table]) {
        const value = values[at] as string | Composed;
        values[at] = typeof value === "string"
          ? this.#store(value)
          : Buffer.from(encodeComposed(value));
      }
    }
    this.#oldNotices.withdraw(withdrawn);
    for (const list of WRITTEN) this.#rows[list].run(lists[list]);
    if (lists.notices.length > 0) this.#oldNotices.trim(lists.notices);
    if (lists.buckets.length > 0) this.#oldBuckets.remove(lists.buckets);
    return this.#hold(lists, LAST_GUARDS);
  }

  /** Whether all rows of these lists are found. */
  #hold(lists: FlatBatch["lists"], guards: readonly ListName[]): boolean {
    return guards.every((list) =>
      this.#rows[list].returned(lists[list]) === lists[list].length / WIDTH[list]
    );
  }

  /** Keeps the text under its SHA-256, which stands in its place in the row. */
  #store(text: string): Uint8Array {
    const hash = createHash("sha256").update(text).digest();
    this.#blob.run([hash, text]);
    return hash;
  }
}
