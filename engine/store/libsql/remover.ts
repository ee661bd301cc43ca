// How ended runs are taken away: as many in one transaction as there is time for, a large one over several.

import { isTerminal, RUN_STATUSES } from "../../../core/status.ts";
import { type Expired, NOTHING_REMOVED, type Removal } from "../retention-store.ts";
import type { Raw } from "../sql/reading.ts";
import type { Connection } from "./connection.ts";
import { dropContents } from "./contents.ts";
import { Pace } from "./pace.ts";
import { Queries } from "./queries.ts";
import { removePieces } from "./remove-large.ts";
import {
  heavyAmong,
  leaveRows,
  paramsApart,
  removeParts,
  removeRows,
  unreferred,
} from "./remove-small.ts";
import type { Writer } from "./writer.ts";

interface Options {
  at: number;
  keysSince: number;
  budgetMs: number;
}

export class Remover {
  readonly #connection: Connection;
  readonly #queries: Queries;
  readonly #writer: Writer;
  /** What a lost power may undo needs no wait for the disk: it is removed again. */
  readonly #durability: string;
  readonly #pace = new Pace();

  constructor(connection: Connection, writer: Writer) {
    this.#connection = connection;
    this.#queries = new Queries(connection);
    this.#writer = writer;
    this.#durability = String(this.#queries.row("PRAGMA synchronous")!.synchronous);
  }

  /** See `RetentionStore.removeRuns`. */
  removeRuns(runs: readonly Expired[], options: Options): Removal {
    const began = performance.now();
    const until = began + options.budgetMs;
    const removal = { ...NOTHING_REMOVED };
    this.#connection.exec("PRAGMA synchronous = NORMAL");
    try {
      this.#writer.transaction(() => {
        const newest = this.#newest();
        while (removal.through < runs.length) {
          const group = this.#groupAt(runs, removal.through);
          const rows = this.#find(group).filter(({ run_no }) => !newest.includes(run_no));
          if (!this.#removeGroup(group, rows, { ...options, until, removal })) break;
          removal.through += group.length;
          if (performance.now() >= until) break;
        }
        return true;
      });
    } finally {
      this.#connection.exec(`PRAGMA synchronous = ${this.#durability}`);
    }
    removal.heldMs = performance.now() - began;
    return removal;
  }

  /** Runs from there on of which none is large and that are small together, or one that is not. */
  #groupAt(runs: readonly Expired[], at: number): Expired[] {
    const most = this.#pace.rows;
    let end = at;
    for (let events = 0; end < runs.length; end++) {
      // One of no events may have many left: its removal has begun.
      events += runs[end]!.lastSeq || most;
      if (events > most && end > at) break;
    }
    const group = runs.slice(at, end);
    const heavy = heavyAmong(this.#queries, group.map(({ runNo }) => runNo));
    return heavy.size === 0 ? group : group.slice(0, 1);
  }

  /** Of them stays what the next start counts on from: no number of a run or event comes twice. */
  #newest(): number[] {
    const row = this.#queries.row(
      `SELECT (SELECT max(run_no) FROM runs) AS run,
         (SELECT run_no FROM events ORDER BY id DESC LIMIT 1) AS event`,
    )!;
    return [row.run, row.event];
  }

  /** The rows of those that are as they were found. */
  #find(group: readonly Expired[]): Raw[] {
    const rows = this.#queries.rows(
      `SELECT run_no, status, last_seq, completed_at, updated_at, idempotency_key,
         json_extract(marks, '$.removing') AS removing, json_extract(marks, '$.removed') AS removed
       FROM runs WHERE run_no IN (SELECT value FROM json_each(?))`,
      [JSON.stringify(group.map(({ runNo }) => runNo))],
    );
    const seqs = new Map(group.map(({ runNo, lastSeq }) => [runNo, lastSeq]));
    return rows.filter(({ run_no, status, last_seq, removing }) =>
      isTerminal(RUN_STATUSES[status as number]!) &&
      (last_seq === seqs.get(run_no) || removing !== null)
    );
  }

  /** False when something is left to do. */
  #removeGroup(
    group: readonly Expired[],
    rows: readonly Raw[],
    { at, keysSince, until, removal }: Options & { until: number; removal: Removal },
  ): boolean {
    const queries = this.#queries;
    const began = performance.now();
    const left = rows.filter(({ removed }) => removed === null);
    const long = this.#longAmong(left);
    for (const { run_no, removing } of long) {
      if (removing === null) {
        const params = paramsApart(queries, run_no);
        leaveRows(queries, [run_no], { removing: at });
        removal.contents += dropContents(queries, params);
      }
      const { done, events, contents } = removePieces(queries, run_no, { until, pace: this.#pace });
      removal.events += events;
      removal.contents += contents;
      if (!done) return false;
    }
    removeParts(queries, left.map(({ run_no }) => run_no));
    const wanted = new Map(group.map(({ runNo, goes }) => [runNo, goes]));
    const whole = unreferred(
      queries,
      rows.filter(({ run_no }) => wanted.get(run_no) === "whole"),
      keysSince,
    );
    const gone = new Set(whole);
    const staying = left.filter(({ run_no }) => !gone.has(run_no));
    removeRows(queries, whole);
    leaveRows(queries, staying.map(({ run_no }) => run_no), { removed: at });
    removal.whole += whole.length;
    removal.texts += staying.length;
    const events = left.filter((row) => !long.includes(row))
      .reduce((sum, { last_seq }) => sum + last_seq, 0);
    removal.events += events;
    if (long.length === 0) this.#pace.took(events, performance.now() - began);
    return true;
  }

  /** Those that are too long or too large to go at once, or whose removal has begun. */
  #longAmong(rows: readonly Raw[]): Raw[] {
    const heavy = heavyAmong(this.#queries, rows.map(({ run_no }) => run_no));
    return rows.filter(({ run_no, last_seq, removing }) =>
      removing !== null || last_seq > this.#pace.rows || heavy.has(run_no)
    );
  }
}
