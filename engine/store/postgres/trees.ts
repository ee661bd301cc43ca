// How this node comes by trees of runs that nobody has who is alive, lets them go, and hears of those of others.

import type { EventId } from "../event-id.ts";
import { openRunColumns } from "../sql/reads/runs.ts";
import type { Adopted, Claim, Message, MessageAnswer, OwnershipStore } from "../store.ts";
import { encodeNumbers } from "./arrays.ts";
import { POSTGRES, SHOWN_UP_TO, UNOWNED } from "./dialect.ts";
import { storeError } from "./fault.ts";
import { leaveMessage, readAnswer, readMessages, removeOldMessages, writeAnswer } from "./inbox.ts";
import type { Keeper } from "./keeper.ts";
import type { NodeKey } from "./node.ts";
import type { Readers } from "./readers.ts";
import type { Session } from "./session.ts";
import { suspectsAmong } from "./suspects.ts";

/** Also whether it was ours before. */
const CLAIM = `SELECT run_no, claim_tree(root_run_no, $2::int8, true) AS ours,
    EXISTS (SELECT 1 FROM runs AS root WHERE root.run_no = one.root_run_no
      AND root.owner = $2::int8) AS had
  FROM runs AS one WHERE id = $1::text`;

/** From a run on; what another is just about to claim is left to it. `$4`: ours count, too. */
const ADOPT = `WITH open AS MATERIALIZED (
    SELECT run_no, root_run_no FROM runs AS one WHERE status <= 1 AND run_no > $3::int8 AND EXISTS (
      SELECT 1 FROM runs AS root WHERE root.run_no = one.root_run_no
        AND (${UNOWNED} OR ($4 AND root.owner = $2::int8)))
    ORDER BY run_no LIMIT $1::int8
  ) SELECT run_no, claim_tree(root_run_no, $2::int8, false) AS ours FROM open ORDER BY run_no`;

/** Those whose time is over; one in the middle of a commit is alive. */
const REMOVE_DEAD = `DELETE FROM nodes WHERE no IN (
  SELECT no FROM nodes WHERE lease_until < clock_timestamp() FOR UPDATE SKIP LOCKED)`;

const OPEN = `SELECT ${openRunColumns(POSTGRES)} FROM runs
  WHERE run_no = ANY($1::int8[]) ORDER BY run_no`;

export class Trees implements OwnershipStore {
  readonly #readers: Readers;
  readonly #nodeNo: number;
  readonly #keeper: Pick<Keeper, "sure" | "judges">;
  /** The nodes that there were at the last look; null before the first. */
  #nodes: ReadonlySet<number> | null = null;
  /** How far it was looked for trees that nobody has; null: there are none. */
  #scan: { after: number; own: boolean; found: boolean } | null = null;
  /** A look was begun and has not been heard of: what it has claimed is ours, and nobody knows. */
  #unheard = false;
  /** Somebody is gone, and that has not been told. */
  #gone = false;

  /** Whether a claim was not heard of: of a tree that is ours nobody may know what processes died of. */
  #untold = false;

  readonly leaseMs: number;

  constructor(
    readers: Readers,
    { node, keeper }: { node: NodeKey; keeper: Pick<Keeper, "sure" | "judges"> },
  ) {
    this.#readers = readers;
    this.#nodeNo = node.no;
    this.leaseMs = node.leaseMs;
    this.#keeper = keeper;
  }

  sure(): Promise<void> | null {
    return this.#keeper.sure();
  }

  claim(id: string): Promise<Claim> {
    return this.#with(async (session) => {
      try {
        const [row] = await session.rows(CLAIM, [id, this.#nodeNo]);
        if (row === undefined) return { is: "nowhere", suspects: [] };
        if (row.ours !== 1) return { is: "elsewhere", suspects: [] };
        const isTold = row.had === 1 && !this.#untold;
        return { is: "ours", suspects: isTold ? [] : await suspectsAmong(session, [row.run_no]) };
      } catch (error) {
        this.#untold = true;
        throw error;
      }
    });
  }

  adopt(limit: number): Promise<Adopted> {
    return this.#with(async (session) => {
      const own = this.#nodes === null || this.#unheard;
      this.#gone = await this.#someGone(session) || this.#gone;
      const gone = this.#gone;
      if (own || gone) this.#scan = { after: 0, own, found: false };
      const scan = this.#scan;
      if (scan === null) return { runs: [], suspects: [], more: false, gone };
      this.#unheard = true;
      const rows = await session.rows(ADOPT, [limit, this.#nodeNo, scan.after, String(scan.own)]);
      const ours = rows.filter((row) => row.ours === 1).map(({ run_no }) => run_no as number);
      scan.found ||= rows.length > 0;
      const more = rows.length === limit;
      if (more) scan.after = rows.at(-1)!.run_no;
      // What another was about to claim, and has not, is found by the next look.
      else this.#scan = scan.found ? { after: 0, own: false, found: false } : null;
      const found = await this.#open(session, ours);
      this.#unheard = this.#gone = false;
      return { ...found, more, gone };
    });
  }

  /** Whether nodes are gone that were there at the last look. */
  async #someGone(session: Session): Promise<boolean> {
    if (this.#keeper.judges) {
      await session.ask(REMOVE_DEAD);
      await removeOldMessages(session);
    }
    const rows = await session.rows("SELECT no FROM nodes");
    const nodes = new Set(rows.map(({ no }) => no as number));
    const before = this.#nodes ?? new Set<number>();
    this.#nodes = nodes;
    return [...before].some((no) => !nodes.has(no));
  }

  async #open(
    session: Session,
    runNos: readonly number[],
  ): Promise<Pick<Adopted, "runs" | "suspects">> {
    if (runNos.length === 0) return { runs: [], suspects: [] };
    const [rows, suspects] = await Promise.all([
      session.rows(OPEN, [encodeNumbers(runNos)]),
      suspectsAmong(session, runNos),
    ]);
    return { runs: rows.map(({ run_no: runNo, id, bytes }) => ({ runNo, id, bytes })), suspects };
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
