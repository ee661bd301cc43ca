// How ended runs are taken away: as many in one transaction as there is time for, a large one over several.

import { isTerminal, RUN_STATUSES } from "../../../core/status.ts";
import { type Expired, NOTHING_REMOVED, type Removal } from "../retention-store.ts";
import type { Connection } from "./connection.ts";
import { dropContents } from "./contents.ts";
import { type Raw, Source } from "./reads/source.ts";
import { removePieces } from "./remove-large.ts";
import { leaveRows, removeParts, removeRows, unreferred } from "./remove-small.ts";
import type { Writer } from "./writer.ts";

/** Events of runs that are removed together, between two looks at the time; one with more goes alone. */
const TOGETHER = 200;

interface Options {
  at: number;
  keysSince: number;
  budgetMs: number;
}

export class Remover {
  readonly #connection: Connection;
  readonly #source: Source;
  readonly #writer: Writer;
  /** What a lost power may undo needs no wait for the disk: it is removed again. */
  readonly #durability: string;

  constructor(connection: Connection, writer: Writer) {
    this.#connection = connection;
    this.#source = new Source(connection);
    this.#writer = writer;
    this.#durability = String(this.#source.row("PRAGMA synchronous")!.synchronous);
  }

  /** See `RetentionStore.removeRuns`. */
  removeRuns(runs: readonly Expired[], options: Options): Removal {
    const until = performance.now() + options.budgetMs;
    const removal = { ...NOTHING_REMOVED };
    this.#connection.exec("PRAGMA synchronous = NORMAL");
    try {
      this.#writer.transaction(() => {
        const newest = this.#newest();
        for (let at = 0; at < runs.length;) {
          const group = groupAt(runs, at);
          const found = this.#find(group).filter(({ run_no }) => !newest.includes(run_no));
          if (!this.#removeGroup(group, found, { ...options, until, removal })) break;
          at += group.length;
          removal.through = at;
          if (performance.now() >= until) break;
        }
        return true;
      });
    } finally {
      this.#connection.exec(`PRAGMA synchronous = ${this.#durability}`);
    }
    return removal;
  }

  /** Of them stays what the next start counts on from: no number of a run or event comes twice. */
  #newest(): number[] {
    const row = this.#source.row(
      `SELECT (SELECT max(run_no) FROM runs) AS run,
         (SELECT run_no FROM events ORDER BY id DESC LIMIT 1) AS event`,
    )!;
    return [row.run, row.event];
  }

  /** The rows of those that are as they were found. */
  #find(group: readonly Expired[]): Raw[] {
    const rows = this.#source.rows(
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
    const source = this.#source;
    const left = rows.filter(({ removed }) => removed === null);
    for (const { run_no, last_seq, removing } of left) {
      if (removing === null && last_seq <= TOGETHER) continue;
      if (removing === null) leaveRows(source, [run_no], { removing: at });
      const { done, events, contents } = removePieces(source, run_no, until);
      removal.events += events;
      removal.contents += contents;
      if (!done) return false;
    }
    const hashes = removeParts(source, left.map(({ run_no }) => run_no));
    const wanted = new Map(group.map(({ runNo, goes }) => [runNo, goes]));
    const whole = unreferred(
      source,
      rows.filter(({ run_no }) => wanted.get(run_no) === "whole"),
      keysSince,
    );
    const gone = new Set(whole);
    const staying = left.filter(({ run_no }) => !gone.has(run_no));
    removeRows(source, whole);
    leaveRows(source, staying.map(({ run_no }) => run_no), { removed: at });
    removal.contents += dropContents(source, hashes);
    removal.whole += whole.length;
    removal.texts += staying.length;
    // What was removed in pieces is counted, and has no number any more.
    for (const { removing, last_seq } of left) {
      if (removing === null && last_seq <= TOGETHER) removal.events += last_seq;
    }
    return true;
  }
}

/** Runs from there on that are small together, or one that is not. */
function groupAt(runs: readonly Expired[], at: number): Expired[] {
  let end = at;
  for (let events = 0; end < runs.length; end++) {
    // One of no events may have many left: its removal has begun.
    events += runs[end]!.lastSeq || TOGETHER;
    if (events > TOGETHER && end > at) break;
  }
  return runs.slice(at, end);
}
