// How this node comes by trees of runs that nobody has who is alive, lets them go, and hears of those of others.

import type { EventId } from "../event-id.ts";
import { openRunColumns } from "../sql/reads/runs.ts";
import type { Adopted, Claim, Hint, Message, MessageAnswer, OwnershipStore } from "../store.ts";
import { encodeNumbers } from "./arrays.ts";
import { POSTGRES, SHOWN_UP_TO, UNOWNED } from "./dialect.ts";
import { storeError } from "./fault.ts";
import type { Hints } from "./hints.ts";
import { leaveMessage, readAnswer, readMessages, removeOldMessages, writeAnswer } from "./inbox.ts";
import type { Keeper } from "./keeper.ts";
import type { NodeKey } from "./node.ts";
import type { Readers } from "./readers.ts";
import type { Session } from "./session.ts";
import { suspectsAmong } from "./suspects.ts";

/** Nobody when another process has followed this one as the node: what it still sends is not in its name. */
const me = (incarnation: string) =>
  `me AS MATERIALIZED (
    SELECT no FROM nodes WHERE no = $2::int8 AND incarnation = ${incarnation}::text FOR SHARE)`;

/** Also whether it was ours before. */
const CLAIM = `WITH ${me("$3")} SELECT run_no, root_run_no,
    coalesce((SELECT claim_tree(root_run_no, no, true) FROM me), false) AS ours,
    EXISTS (SELECT 1 FROM runs AS root WHERE root.run_no = one.root_run_no
      AND root.owner = $2::int8) AS had
  FROM runs AS one WHERE id = $1::text`;

/**
 * From a run on; what another is just about to claim is left to it. Of ours those of the trees in `$5`
 * count, too, or by `$4` all.
 */
const ADOPT = `WITH ${me("$6")}, open AS MATERIALIZED (
    SELECT run_no, root_run_no, no FROM me, runs AS one WHERE status <= 1 AND run_no > $3::int8 AND EXISTS (
      SELECT 1 FROM runs AS root WHERE root.run_no = one.root_run_no AND (${UNOWNED}
        OR (root.owner = $2::int8 AND ($4 OR root.run_no = ANY($5::int8[])))))
    ORDER BY run_no LIMIT $1::int8
  ) SELECT run_no, root_run_no, claim_tree(root_run_no, no, false) AS ours
    FROM open ORDER BY run_no`;

/** How it is looked for runs that go on here, page by page. */
interface Scan {
  after: number;
  /** Whether all of ours are among them, */
  own: boolean;
  /** else those of trees that have become ours since it began, or shortly before. */
  trees: Set<number>;
  found: boolean;
}

/** Those whose time is over; one in the middle of a commit is alive. */
const REMOVE_DEAD = `DELETE FROM nodes WHERE no IN (
  SELECT no FROM nodes WHERE lease_until < clock_timestamp() FOR UPDATE SKIP LOCKED)`;

const OPEN = `SELECT ${openRunColumns(POSTGRES)} FROM runs
  WHERE run_no = ANY($1::int8[]) ORDER BY run_no`;

/** What a number was drawn for that never became a node's counts as one that has gone: that costs a look. */
const NODES = `SELECT no, (SELECT last_value FROM nodes_no_seq) AS newest FROM nodes`;

export class Trees implements OwnershipStore {
  readonly #readers: Readers;
  readonly #node: NodeKey;
  readonly #keeper: Pick<Keeper, "sure" | "judges">;
  readonly #hints: Hints;
  /** The nodes that there were at the last look; null before the first. */
  #nodes: Set<number> | null = null;
  /** The last number that a node had been given by then: not all of them stand for one. */
  #newest = 0;
  /** Null: there are no trees that nobody has. */
  #scan: Scan | null = null;
  /** Trees that were claimed for one of their runs: their others are to go on here, too. */
  readonly #claimed = new Set<number>();
  /** Somebody is gone, and that has not been told. */
  #gone = false;
  /** Whether an answer was lost: what it made ours nobody knows of, */
  #unheard = false;
  /** or from then on what processes died of in it. */
  #untold = false;

  readonly leaseMs: number;

  constructor(
    readers: Readers,
    { node, keeper, hints }: {
      node: NodeKey;
      keeper: Pick<Keeper, "sure" | "judges">;
      hints: Hints;
    },
  ) {
    this.#readers = readers;
    this.#node = node;
    this.leaseMs = node.leaseMs;
    this.#keeper = keeper;
    this.#hints = hints;
  }

  sure(): Promise<void> | null {
    return this.#keeper.sure();
  }

  claim(id: string): Promise<Claim> {
    return this.#heard(async (session) => {
      const [row] = await session.rows(CLAIM, [id, this.#node.no, this.#node.incarnation]);
      if (row === undefined) return { is: "nowhere", suspects: [] };
      if (row.ours !== 1) return { is: "elsewhere", suspects: [] };
      if (row.had === 0) this.#claimed.add(row.root_run_no);
      const isTold = row.had === 1 && !this.#untold;
      return { is: "ours", suspects: isTold ? [] : await suspectsAmong(session, [row.run_no]) };
    });
  }

  adopt(limit: number): Promise<Adopted> {
    return this.#heard(async (session) => {
      const isFirst = this.#nodes === null;
      // What was claimed for one of its runs is a tree that nobody had.
      const gone = this.#gone = await this.#someGone(session) || this.#claimed.size > 0 ||
        this.#gone;
      if (isFirst || gone || this.#unheard || this.#claimed.size > 0) this.#begin(isFirst);
      const scan = this.#scan;
      if (scan === null) return { runs: [], suspects: [], more: false, gone };
      const { after, own, trees } = scan;
      const { no, incarnation } = this.#node;
      const wanted = [limit, no, after, String(own), encodeNumbers([...trees]), incarnation];
      const rows = await session.rows(ADOPT, wanted);
      const ours = rows.filter((row) => row.ours === 1);
      for (const { root_run_no: root } of ours) trees.add(root);
      scan.found ||= rows.length > 0;
      const more = rows.length === limit;
      if (more) scan.after = rows.at(-1)!.run_no;
      // What another was about to claim, and has not, is found by the next look.
      else this.#scan = scan.found ? newScan() : null;
      const found = await this.#open(session, ours.map(({ run_no }) => run_no));
      this.#gone = false;
      return { ...found, more, gone };
    });
  }

  #begin(own: boolean): void {
    const last = this.#scan;
    this.#scan = {
      ...newScan(),
      own: own || this.#unheard || (last?.own ?? false),
      trees: new Set([...last?.trees ?? [], ...this.#claimed]),
    };
    this.#claimed.clear();
    this.#unheard = false;
  }

  /** Whether nodes are gone that were there at the last look. */
  async #someGone(session: Session): Promise<boolean> {
    if (this.#keeper.judges) {
      await session.ask(REMOVE_DEAD);
      await removeOldMessages(session);
    }
    const rows = await session.rows(NODES);
    const nodes = new Set(rows.map(({ no }) => no as number));
    const newest = Number(rows[0]?.newest ?? 0);
    const before = this.#nodes ?? new Set<number>();
    // One that came after that look may have gone before this one.
    for (let no = this.#newest + 1; this.#nodes !== null && no <= newest; no++) before.add(no);
    this.#nodes = nodes;
    this.#hints.others = nodes.size > 1;
    this.#newest = newest;
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
        [id, this.#node.no],
      );
    });
  }

  async ask(message: Message): Promise<void> {
    await this.#with((session) => leaveMessage(session, message));
    this.#hints.send({ messages: true });
  }

  asked(limit: number): Promise<Message[]> {
    return this.#with((session) => readMessages(session, this.#node.no, limit));
  }

  async answer(answer: MessageAnswer): Promise<void> {
    await this.#with((session) => writeAnswer(session, answer, this.#node));
    this.#hints.send({ answers: [answer.id] });
  }

  answerTo(id: string): Promise<string | null> {
    return this.#with((session) => readAnswer(session, id));
  }

  onHint(listener: (hint: Hint) => void): () => void {
    return this.#hints.onHint(listener);
  }

  /** What is done with trees; an answer that is lost is not the end of it. */
  #heard<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#with((session) =>
      work(session).catch((error) => {
        this.#unheard = true;
        this.#untold = true;
        throw error;
      })
    );
  }

  async #with<T>(work: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await this.#readers.with(work);
    } catch (error) {
      throw storeError(error);
    }
  }
}

function newScan(): Scan {
  return { after: 0, own: false, trees: new Set(), found: false };
}
