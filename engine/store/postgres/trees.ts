// How this node comes by trees of runs that nobody has who is alive, lets them go, and hears of those of others.

import type { EventId } from "../event-id.ts";
import { openRunColumns } from "../sql/reads/runs.ts";
import type { Adopted, Claim, Message, MessageAnswer, OpenRun, OwnershipStore } from "../store.ts";
import { POSTGRES, SHOWN_UP_TO } from "./dialect.ts";
import { storeError } from "./fault.ts";
import { leaveMessage, readAnswer, readMessages, removeOldMessages, writeAnswer } from "./inbox.ts";
import type { Readers } from "./readers.ts";
import type { Session } from "./session.ts";

/** Of the first run of a tree: nobody who is alive has it. Who claims it at the same time finds the other. */
const UNOWNED = "NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.no = root.owner)";

/** Also when it is ours already: then nothing is written. */
const CLAIM = `WITH wanted AS (
    SELECT root_run_no FROM runs WHERE id = $1::text
  ), claimed AS (
    UPDATE runs AS root SET owner = $2::int8
    WHERE run_no = (SELECT root_run_no FROM wanted) AND ${UNOWNED} RETURNING run_no
  ) SELECT EXISTS (SELECT 1 FROM wanted) AS there, EXISTS (SELECT 1 FROM claimed)
    OR EXISTS (SELECT 1 FROM runs WHERE run_no = (SELECT root_run_no FROM wanted)
      AND owner = $2::int8) AS ours`;

/** From a run on; others who look at the same time are given other trees. `$4`: ours count, too. */
const ADOPT = `WITH open AS (
    SELECT run_no, root_run_no FROM runs AS one WHERE status <= 1 AND run_no > $3::int8 AND EXISTS (
      SELECT 1 FROM runs AS root WHERE root.run_no = one.root_run_no
        AND (${UNOWNED} OR ($4 AND root.owner = $2::int8)))
    ORDER BY run_no LIMIT $1::int8
  ), roots AS (
    SELECT run_no FROM runs AS root WHERE run_no IN (SELECT root_run_no FROM open)
      AND (${UNOWNED} OR ($4 AND owner = $2::int8)) FOR UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE runs SET owner = $2::int8 WHERE run_no IN (SELECT run_no FROM roots) RETURNING run_no
  ) SELECT run_no, root_run_no IN (SELECT run_no FROM claimed) AS ours FROM open ORDER BY run_no`;

/** Those whose time is over; one in the middle of a commit is alive. */
const REMOVE_DEAD = `DELETE FROM nodes WHERE no IN (
  SELECT no FROM nodes WHERE lease_until < clock_timestamp() FOR UPDATE SKIP LOCKED)`;

const OPEN = `SELECT ${openRunColumns(POSTGRES)} FROM runs
  WHERE run_no = ANY($1::int8[]) ORDER BY run_no`;

export class Trees implements OwnershipStore {
  readonly #readers: Readers;
  readonly #nodeNo: number;
  /** The nodes that there were at the last look; null before the first. */
  #nodes: ReadonlySet<number> | null = null;
  /** How far it was looked for trees that nobody has; null: there are none. */
  #scan: { after: number; own: boolean; found: boolean } | null = null;

  constructor(readers: Readers, nodeNo: number) {
    this.#readers = readers;
    this.#nodeNo = nodeNo;
  }

  claim(id: string): Promise<Claim> {
    return this.#with(async (session) => {
      const [row] = await session.rows(CLAIM, [id, this.#nodeNo]);
      if (row!.there === 0) return "nowhere";
      return row!.ours === 1 ? "ours" : "elsewhere";
    });
  }

  adopt(limit: number): Promise<Adopted> {
    return this.#with(async (session) => {
      const isFirst = this.#nodes === null;
      const gone = await this.#someGone(session);
      if (isFirst || gone) this.#scan = { after: 0, own: isFirst, found: false };
      const scan = this.#scan;
      if (scan === null) return { runs: [], more: false, gone };
      const rows = await session.rows(ADOPT, [limit, this.#nodeNo, scan.after, String(scan.own)]);
      const ours = rows.filter((row) => row.ours === 1).map(({ run_no }) => run_no as number);
      scan.found ||= rows.length > 0;
      const more = rows.length === limit;
      if (more) scan.after = rows.at(-1)!.run_no;
      // What another was about to claim, and has not, is found by the next look.
      else this.#scan = scan.found ? { after: 0, own: false, found: false } : null;
      return { runs: await this.#open(session, ours), more, gone };
    });
  }

  /** Whether nodes are gone that were there at the last look. */
  async #someGone(session: Session): Promise<boolean> {
    await session.ask(REMOVE_DEAD);
    await removeOldMessages(session);
    const rows = await session.rows("SELECT no FROM nodes");
    const nodes = new Set(rows.map(({ no }) => no as number));
    const before = this.#nodes ?? new Set<number>();
    this.#nodes = nodes;
    return [...before].some((no) => !nodes.has(no));
  }

  async #open(session: Session, runNos: readonly number[]): Promise<OpenRun[]> {
    if (runNos.length === 0) return [];
    const rows = await session.rows(OPEN, [`{${runNos.join(",")}}`]);
    return rows.map(({ run_no: runNo, id, bytes }) => ({ runNo, id, bytes }));
  }

  loggedUpTo(): Promise<EventId> {
    return this.#with(async (session) => (await session.rows(SHOWN_UP_TO))[0]!.id);
  }

  release(id: string): Promise<void> {
    return this.#with(async (session) => {
      await session.ask(
        `UPDATE runs SET owner = NULL WHERE owner = $2
         AND run_no = (SELECT root_run_no FROM runs WHERE id = $1)`,
        [id, this.#nodeNo],
      );
    });
  }

  ask(message: Message): Promise<void> {
    return this.#with((session) => leaveMessage(session, message));
  }

  asked(limit: number): Promise<Message[]> {
    return this.#with((session) => readMessages(session, this.#nodeNo, limit));
  }

  answer(answer: MessageAnswer): Promise<void> {
    return this.#with((session) => writeAnswer(session, answer));
  }

  answerTo(id: string): Promise<string | null> {
    return this.#with((session) => readAnswer(session, id));
  }

  async #with<T>(work: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await this.#readers.with(work);
    } catch (error) {
      throw storeError(error);
    }
  }
}
