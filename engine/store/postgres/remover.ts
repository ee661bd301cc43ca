// How ended runs are taken away: some in one transaction, a long one in pieces over several.
//
// The row of a long run says from the first on that it is being done, and nobody goes on with what is left.

import { isTerminal, RUN_STATUSES } from "../../../core/status.ts";
import { EVERYBODY } from "../counts.ts";
import {
  type Expired,
  type FiresGone,
  type FiresKept,
  NOTHING_REMOVED,
  type Removal,
} from "../retention-store.ts";
import type { Raw } from "../sql/reading.ts";
import { RUN_PARTS } from "../sql/run-parts.ts";
import { encodeNumbers } from "./arrays.ts";
import { FORKED_FROM } from "./dialect.ts";
import type { Session } from "./session.ts";
import type { Writer } from "./writer.ts";

interface Options {
  at: number;
  keysSince: number;
  budgetMs: number;
}

/** Events that go in one transaction, and rows of a schedule's times. */
const MOST_EVENTS = 1_000;
const MOST_FIRES = 500;

const AMONG = "run_no = ANY($1::int8[])";

export class Remover {
  readonly #writer: Writer;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** See `RetentionStore.removeRuns`: one group of runs, or a piece of a long one, a transaction. */
  async removeRuns(runs: readonly Expired[], options: Options): Promise<Removal> {
    const began = performance.now();
    const until = began + options.budgetMs;
    const removal = { ...NOTHING_REMOVED };
    while (removal.through < runs.length) {
      const group = groupAt(runs, removal.through);
      // What a lost power undoes is removed again, and no commit waits for the disk because of it.
      const done = await this.#transaction((session) => removeGroup(session, group, options));
      for (const key of ["whole", "texts", "events"] as const) removal[key] += done[key];
      if (done.isWhole) removal.through += group.length;
      if (performance.now() >= until) break;
    }
    removal.heldMs = performance.now() - began;
    return removal;
  }

  /** See `RetentionStore.removeFires`. */
  async removeFires(
    kept: FiresKept,
    { after, budgetMs }: { after: string; budgetMs: number },
  ): Promise<FiresGone> {
    const began = performance.now();
    const gone: FiresGone = { fires: 0, heldMs: 0, next: after };
    do {
      const { schedule, count } = await this.#transaction((session) =>
        removeFires(session, kept, gone.next!)
      );
      gone.fires += count;
      if (schedule === null) gone.next = null;
      // There may be more of this one.
      else if (count < MOST_FIRES) gone.next = schedule;
    } while (gone.next !== null && performance.now() < began + budgetMs);
    gone.heldMs = performance.now() - began;
    return gone;
  }

  #transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#writer.transaction(async (session) => {
      await session.run("SET LOCAL synchronous_commit = off");
      return await work(session);
    });
  }
}

/** Runs from there on that are small together, or one that is not. */
function groupAt(runs: readonly Expired[], at: number): Expired[] {
  let end = at;
  for (let events = 0; end < runs.length; end++) {
    // One of no events may have many left: its removal has begun.
    events += runs[end]!.lastSeq || MOST_EVENTS;
    if (events > MOST_EVENTS && end > at) break;
  }
  return runs.slice(at, end);
}

type Gone = Pick<Removal, "whole" | "texts" | "events"> & {
  /** False when something is left to do. */
  isWhole: boolean;
};

async function removeGroup(
  session: Session,
  group: readonly Expired[],
  { at, keysSince }: Options,
): Promise<Gone> {
  const newest = await newestOf(session);
  const rows = (await find(session, group)).filter(({ run_no }) => !newest.includes(run_no));
  const left = rows.filter(({ removed }) => removed === null);
  let events = 0;
  for (const { run_no, removing, last_seq } of left) {
    if (removing === null && last_seq <= MOST_EVENTS) continue;
    if (removing === null) await leaveRows(session, [run_no], { removing: at });
    const count = await removePiece(session, run_no);
    events += count;
    if (count === MOST_EVENTS) return { whole: 0, texts: 0, events, isWhole: false };
  }
  events += await removeParts(session, left.map(({ run_no }) => run_no));
  const wanted = new Map(group.map(({ runNo, goes }) => [runNo, goes]));
  const toGo = rows.filter(({ run_no }) => wanted.get(run_no) === "whole");
  const whole = await unreferred(session, toGo, keysSince);
  const gone = new Set(whole);
  const staying = left.map(({ run_no }) => run_no).filter((runNo) => !gone.has(runNo));
  await removeRows(session, whole);
  await leaveRows(session, staying, { removed: at });
  return { whole: whole.length, texts: staying.length, events, isWhole: true };
}

/** Of them stays what shows how far the numbers of runs and events have come. */
async function newestOf(session: Session): Promise<number[]> {
  const [row] = await session.rows(
    `SELECT (SELECT max(run_no) FROM runs) AS run,
       (SELECT run_no FROM events ORDER BY id DESC LIMIT 1) AS event`,
  );
  return [row!.run, row!.event];
}

/** The rows of those that are as they were found; nobody else changes them now. */
async function find(session: Session, group: readonly Expired[]): Promise<Raw[]> {
  const mark = (name: string) => `CAST(marks AS json) ->> '${name}'`;
  const rows = await session.rows(
    `SELECT run_no, status, last_seq, completed_at, updated_at, idempotency_key,
       CASE WHEN marks LIKE '{"remov%' THEN ${mark("removing")} END AS removing,
       CASE WHEN marks LIKE '{"remov%' THEN ${mark("removed")} END AS removed
     FROM runs WHERE ${AMONG} ORDER BY run_no FOR UPDATE`,
    [encodeNumbers(group.map(({ runNo }) => runNo))],
  );
  const seqs = new Map(group.map(({ runNo, lastSeq }) => [runNo, lastSeq]));
  return rows.filter(({ run_no, status, last_seq, removing }) =>
    isTerminal(RUN_STATUSES[status as number]!) &&
    (last_seq === seqs.get(run_no) || removing !== null)
  );
}

async function removePiece(session: Session, runNo: number): Promise<number> {
  const { count } = await session.ask(
    `DELETE FROM events WHERE run_no = $1 AND seq IN (
       SELECT seq FROM events WHERE run_no = $1 ORDER BY seq LIMIT ${MOST_EVENTS})`,
    [runNo],
  );
  return count;
}

/** Removes all that belongs to the runs; returns how many events that were. */
async function removeParts(session: Session, runNos: readonly number[]): Promise<number> {
  if (runNos.length === 0) return 0;
  const those = [encodeNumbers(runNos)];
  await session.ask(
    untally(
      `SELECT coalesce(target_agent_id, agent_id) AS agent_id, 0 AS what
       FROM decisions WHERE ${AMONG} AND status = 0`,
    ),
    those,
  );
  const { count } = await session.ask(`DELETE FROM events WHERE ${AMONG}`, those);
  for (const table of RUN_PARTS) await session.ask(`DELETE FROM ${table} WHERE ${AMONG}`, those);
  // Others are still told of what they wait for.
  await session.ask(`DELETE FROM callbacks WHERE ${AMONG} AND given_up_at IS NOT NULL`, those);
  return count;
}

/** A statement that takes rows of (agent_id, what) from the counts: of the agent, and of all together. */
function untally(rows: string): string {
  return `WITH gone AS (${rows})
    INSERT INTO tally_slots AS t (agent_id, what, node_no, count)
      SELECT agent_id, what, 0, -count(*) FROM gone GROUP BY 1, 2
      UNION ALL SELECT '${EVERYBODY}', what, 0, -count(*) FROM gone GROUP BY 2
    ON CONFLICT (agent_id, what, node_no) DO UPDATE SET count = t.count + excluded.count`;
}

/** The runs themselves, also from what their agents have; what happened when has happened. */
async function removeRows(session: Session, runNos: readonly number[]): Promise<void> {
  if (runNos.length === 0) return;
  const those = [encodeNumbers(runNos)];
  await session.ask(untally(`SELECT agent_id, status + 1 AS what FROM runs WHERE ${AMONG}`), those);
  await session.ask(`DELETE FROM runs WHERE ${AMONG}`, those);
}

/** What is left of runs whose parts are gone: nobody goes on with one, as its number is not what it was. */
async function leaveRows(
  session: Session,
  runNos: readonly number[],
  marks: object,
): Promise<void> {
  if (runNos.length === 0) return;
  await session.ask(
    `UPDATE runs SET params = '{}', last_seq = 0, output_seq = NULL, marks = $2 WHERE ${AMONG}`,
    [encodeNumbers(runNos), JSON.stringify(marks)],
  );
}

/**
 * Those of the rows that nothing outside of them refers to: no run that it has started, none that
 * goes on from it, no time of a schedule, and nobody who gives its key once more.
 */
async function unreferred(
  session: Session,
  rows: readonly Raw[],
  keysSince: number,
): Promise<number[]> {
  const isHeld = (row: Raw) =>
    row.idempotency_key !== null && (row.completed_at ?? row.updated_at) >= keysSince;
  let free: number[] = rows.filter((row) => !isHeld(row)).map((row) => row.run_no);
  // One that stays may be what keeps another.
  for (;;) {
    const others = "<> ALL ($1::int8[])";
    const kept = await session.rows(
      `SELECT run_no FROM runs r WHERE ${AMONG} AND (
         EXISTS (SELECT 1 FROM runs c WHERE c.parent_run_no = r.run_no AND c.run_no ${others})
         OR EXISTS (SELECT 1 FROM runs f WHERE f.forked_from IS NOT NULL
           AND ${FORKED_FROM.replace("forked_from", "f.forked_from")} = r.id
           AND f.run_no ${others})
         OR EXISTS (SELECT 1 FROM fires t WHERE t.run_no = r.run_no))`,
      [encodeNumbers(free)],
    );
    if (kept.length === 0) return free;
    const stay = new Set(kept.map(({ run_no }) => run_no as number));
    free = free.filter((runNo) => !stay.has(runNo));
  }
}

/** The oldest times of the first schedule behind this one; null when there is none. */
async function removeFires(
  session: Session,
  kept: FiresKept,
  after: string,
): Promise<{ schedule: string | null; count: number }> {
  const [row] = await session.rows(
    `SELECT min(schedule_id) AS id, EXISTS (SELECT 1 FROM schedules s WHERE s.id = (
       SELECT min(schedule_id) FROM fires WHERE schedule_id > $1)) AS there
     FROM fires WHERE schedule_id > $1`,
    [after],
  );
  const schedule: string | null = row!.id;
  if (schedule === null) return { schedule, count: 0 };
  const least = row!.there === 0 ? 0 : kept.least;
  const newest = (place: string) =>
    `(SELECT due_at FROM fires WHERE schedule_id = $1 ORDER BY due_at DESC LIMIT 1 OFFSET ${place})`;
  // Of a time that came back late (`at` is when it was written) the age counts, not how long it had passed.
  const { count } = await session.ask(
    `DELETE FROM fires WHERE schedule_id = $1 AND due_at IN (
       SELECT due_at FROM fires WHERE schedule_id = $1 AND (due_at <= ${newest("$2::int8")}
         OR (at < $3::int8 AND ($4::int8 = 0 OR due_at <= ${newest("$4::int8")})))
       ORDER BY due_at LIMIT ${MOST_FIRES})`,
    [schedule, kept.most, kept.since, least],
  );
  return { schedule, count };
}
