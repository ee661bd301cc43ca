// How a batch becomes one transaction: whole when all of it fits, else hand-over by hand-over.

import type { HandOver, HandOverResult } from "../store.ts";
import { Applier } from "./apply.ts";
import type { Connection, Statement } from "./connection.ts";
import { type FlatBatch, flatten } from "../sql/flatten.ts";
import { LeftOut } from "../left-out.ts";
import type { Opened } from "./messages.ts";
import type { Presence } from "./presence.ts";

export class Writer {
  readonly #connection: Connection;
  readonly #applier: Applier;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #savepoint: Statement;
  readonly #release: Statement;
  readonly #undo: Statement;
  readonly #presence: Presence;

  constructor(connection: Connection, presence: Presence) {
    this.#connection = connection;
    this.#presence = presence;
    this.#applier = new Applier(connection);
    this.#begin = connection.prepare("BEGIN IMMEDIATE");
    this.#commit = connection.prepare("COMMIT");
    this.#savepoint = connection.prepare("SAVEPOINT hand_over");
    this.#release = connection.prepare("RELEASE hand_over");
    this.#undo = connection.prepare("ROLLBACK TO hand_over");
  }

  opened(): Opened {
    const [row] = this.#connection.prepare(
      `SELECT (SELECT coalesce(max(id), 0) FROM events) AS lastEventId,
              (SELECT coalesce(max(run_no), 0) FROM runs) AS lastRunNo`,
    ).all([]) as [Opened];
    return { lastEventId: row.lastEventId, lastRunNo: row.lastRunNo };
  }

  /**
   * Writes the batch in one transaction. False, with nothing written, when a guard missed or a
   * constraint was violated. Throws when the database itself failed; nothing is written then.
   */
  commitWhole(batch: FlatBatch): boolean {
    return this.transaction(() => {
      try {
        return this.#applier.apply(batch);
      } catch (error) {
        if (isRefusal(error)) return false;
        throw error;
      }
    });
  }

  /**
   * Writes the same in one transaction with a savepoint a hand-over. Those whose guard misses or
   * that build on one left out are fenced, those that violate a constraint are refused.
   */
  commitEach(batch: HandOver[], firstEventId: number): HandOverResult[] {
    const results: HandOverResult[] = [];
    this.transaction(() => {
      const leftOut = new LeftOut();
      let nextEventId = firstEventId;
      for (const handOver of batch) {
        const cause = leftOut.cause(handOver);
        const result = cause === null
          ? this.#one(handOver, nextEventId)
          : { ok: false as const, reason: "fenced" as const, message: cause };
        results.push(result);
        if (result.ok) nextEventId += handOver.events.length;
        else leftOut.add(handOver);
      }
      return true;
    });
    return results;
  }

  #one(handOver: HandOver, firstEventId: number): HandOverResult {
    const flattened = flatten([handOver], firstEventId);
    if (!flattened.ok) return flattened;
    this.#savepoint.run([]);
    try {
      if (this.#applier.apply(flattened.flat)) {
        this.#release.run([]);
        return { ok: true, eventIds: [] };
      }
      this.#back();
      return {
        ok: false,
        reason: "fenced",
        message: "a run or a timer is not in the expected state",
      };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#back();
      return { ok: false, reason: "refused", message: (error as Error).message };
    }
  }

  #back(): void {
    this.#undo.run([]);
    this.#release.run([]);
  }

  /**
   * Commits when `write` returns true; rolls back otherwise and when anything throws. Throws also
   * when the files were gone by the time of the commit: what is written then is lost.
   */
  transaction(write: () => boolean): boolean {
    this.#begin.run([]);
    try {
      const keep = write();
      if (keep) {
        this.#commit.run([]);
        this.#presence.check();
      }
      return keep;
    } finally {
      if (this.#connection.inTransaction) this.#connection.exec("ROLLBACK");
    }
  }
}

/** Errors that blame a row, not the database. */
function isRefusal(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" &&
    (code.startsWith("SQLITE_CONSTRAINT") || code === "SQLITE_TOOBIG" ||
      code === "SQLITE_MISMATCH");
}
