// How what is written becomes one transaction of this node, and is known to have taken place or not, whatever becomes of the connection.

import { firstError, meaningOf, storeError } from "./fault.ts";
import { Fenced, HOLD, type LastCommit, type NodeFence, type NodeKey, settle } from "./node.ts";
import type { Session } from "./session.ts";

/** Sends statements, without waiting for their answers if it can. */
export type Work<T> = (session: Session) => Promise<T>;

/** How often the same is tried again that other transactions were in the way of. */
const MOST_TRIES = 20;

export interface How {
  /** Is sent before all else. */
  first?: Work<unknown>;
  /** Whether the work sends all that it sends at once, so that the end can follow right behind. */
  atOnce?: boolean;
}

export interface WriterOptions {
  node: NodeFence;
  connect: () => Promise<Session>;
  /** Told once when another node has taken over. */
  onFenced: () => void;
}

export class Writer {
  readonly node: NodeKey;
  readonly #options: WriterOptions;
  #epoch: number;
  #session: Session;
  #commitId = 0;
  #fenced = false;
  /** The commit of which nobody has heard. */
  #open: Unsettled | null = null;
  /** The work before the next: one transaction at a time. */
  #previous: Promise<unknown> = Promise.resolve();

  constructor(session: Session, options: WriterOptions) {
    this.#session = session;
    this.#options = options;
    this.node = options.node;
    this.#epoch = options.node.epoch;
  }

  /**
   * One transaction, which holds this node's row: all that `work` sends, or nothing if that is rejected.
   * Rejects with the error, with STORE_ERROR when there is no server, and with `Unsettled` when the
   * connection was lost on the way.
   */
  transaction<T>(work: Work<T>, how: How = {}): Promise<T> {
    return this.#next(() => this.#transaction(work, how));
  }

  /** What became of a transaction that was `Unsettled`: what it left, or null if it did not take place. */
  settled(lost: Unsettled): Promise<LastCommit | null> {
    return this.#next(async () => {
      await this.#connected();
      return lost.took;
    });
  }

  /** Does the last work, and ends the connection. `isThere`: the server may be reached, if this one cannot. */
  async close(last: Work<void>, { isThere }: { isThere: boolean }): Promise<void> {
    await this.#previous;
    // One that was cut while nothing was asked of it leaves the node's row, and others wait for its end.
    if (isThere && !this.#fenced) await this.#connected().catch(() => {});
    if (this.#session.lost === null && !this.#fenced) await last(this.#session).catch(() => {});
    await this.#session.close();
  }

  /** Cuts the connection at once, as a crash would. */
  destroy(): void {
    this.#session.destroy();
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#previous.then(work);
    this.#previous = next.catch(() => {});
    return next;
  }

  async #transaction<T>(work: Work<T>, how: How): Promise<T> {
    for (let tries = 1;; tries++) {
      await this.#connected();
      const commitId = ++this.#commitId;
      try {
        return await this.#attempt(work, how, commitId);
      } catch (error) {
        const meaning = meaningOf(error);
        if (meaning === "again" && tries < MOST_TRIES) continue;
        if (meaning === "node fenced") throw this.#fence();
        if (meaning !== "lost") throw error;
        this.#open = new Unsettled(commitId, error);
        this.#session.destroy();
        throw this.#open;
      }
    }
  }

  /** What is sent behind an error fails, and the end of the transaction is its undoing. */
  async #attempt<T>(work: Work<T>, { first, atOnce = false }: How, id: number): Promise<T> {
    const session = this.#session;
    const sent: Promise<unknown>[] = [session.run("BEGIN ISOLATION LEVEL READ COMMITTED")];
    if (first) sent.push(first(session));
    sent.push(session.ask(HOLD, [this.node.no, this.#epoch, id]));
    const done = work(session);
    sent.push(done);
    const early = atOnce ? undefined : await firstError(sent);
    const end = session.run(early === undefined ? "COMMIT" : "ROLLBACK");
    sent.push(end);
    // All are waited for: what was sent behind an error must have failed, too, before the next is sent.
    const error = early ?? await firstError(sent);
    await end.catch(() => {});
    if (error !== undefined) throw error;
    if ((await end).command !== "COMMIT") throw new Error("the server rolled the transaction back");
    return await done;
  }

  /** Makes sure of a connection, and of what became of the transaction that nobody heard of. */
  async #connected(): Promise<void> {
    if (this.#fenced) throw new Fenced();
    if (this.#session.lost === null) return;
    try {
      this.#session = await this.#options.connect();
      const last = await settle(this.#session, this.node);
      if (last === null) throw this.#fence();
      this.#epoch = last.epoch;
      const open = this.#open;
      this.#open = null;
      if (last.commitId === open?.commitId) open.took = last;
    } catch (error) {
      if (!(error instanceof Fenced)) this.#session.destroy();
      throw storeError(error);
    }
  }

  #fence(): Fenced {
    if (!this.#fenced) this.#options.onFenced();
    this.#fenced = true;
    return new Fenced();
  }
}

/** The connection was lost: whether the transaction took place is found out by `settled`. */
export class Unsettled extends Error {
  readonly commitId: number;
  /** Once it is settled: what it left, if it took place. Whoever asks may come when others are lost, too. */
  took: LastCommit | null = null;

  constructor(commitId: number, cause: unknown) {
    super((cause as Error).message, { cause });
    this.commitId = commitId;
  }
}
