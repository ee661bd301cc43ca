// How the node's row is kept from running out, over a connection that nothing else waits on.

import { type NodeKey, renew } from "./node.ts";
import type { Session } from "./session.ts";

/** How often in a lease it is renewed: twice what is missed is made up for. */
const RENEWALS = 4;
/** The part of a lease for which, after it was asked for, the row is surely there, and for a moment more. */
const SURE = 0.8;
/** The part of a lease that may pass between two renewals before it counts as a time without the server. */
const GAP = 0.5;

export class Keeper {
  readonly #connect: () => Promise<Session>;
  readonly #node: NodeKey;
  readonly #onFenced: () => void;
  readonly #health: { away: boolean };
  readonly #timer: NodeJS.Timeout;
  #session: Session;
  #renewing: Promise<void> | null = null;
  #closed = false;
  #fenced = false;
  /** When the last renewal that took place was sent, by both clocks: one of them stands still while the machine sleeps. */
  #renewed = clocks();
  /** Since when the server has been there all the time, by the steady clock. */
  #steadySince = performance.now();
  /** Who waits for the next one. */
  #waiting: (() => void)[] = [];

  constructor(
    session: Session,
    options: {
      node: NodeKey;
      connect: () => Promise<Session>;
      onFenced: () => void;
      /** Told whether there is a server, as far as this connection knows. */
      health: { away: boolean };
    },
  ) {
    this.#health = options.health;
    this.#session = this.#watched(session);
    this.#connect = options.connect;
    this.#node = options.node;
    this.#onFenced = options.onFenced;
    this.#timer = setInterval(() => this.#renew(), this.#node.leaseMs / RENEWALS);
    this.#timer.unref();
  }

  /**
   * Whether this node may say of others that they are dead. The server may have been away, for them as for
   * this one: then they have a whole lease to be heard of.
   */
  get judges(): boolean {
    return performance.now() - this.#steadySince > this.#node.leaseMs &&
      performance.now() - this.#renewed[0] < GAP * this.#node.leaseMs;
  }

  /** See `OwnershipStore.sure`. */
  sure(): Promise<void> | null {
    const [steady, wall] = clocks();
    const passed = Math.max(steady - this.#renewed[0], wall - this.#renewed[1]);
    if (passed < SURE * this.#node.leaseMs && !this.#fenced) return null;
    this.#renew();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#renewing;
    await this.#session.close();
  }

  destroy(): void {
    this.#stop();
    this.#session.destroy();
  }

  /** One that is lost says that the server may be gone; another is looked for at once. */
  #watched(session: Session): Session {
    session.onLost(() => {
      if (this.#closed) return;
      this.#health.away = true;
      this.#renew();
    });
    return session;
  }

  #stop(): void {
    this.#closed = true;
    clearInterval(this.#timer);
  }

  /** What fails is tried again with the next beat: only a row that is gone ends it. */
  #renew(): void {
    this.#renewing ??= this.#once().catch(() => {}).finally(() => this.#renewing = null);
  }

  async #once(): Promise<void> {
    if (this.#session.lost !== null) this.#session = this.#watched(await this.#connect());
    if (this.#closed) return;
    const sent = clocks();
    if (await renew(this.#session, this.#node)) {
      if (sent[0] - this.#renewed[0] > GAP * this.#node.leaseMs) this.#steadySince = sent[0];
      this.#renewed = sent;
      for (const resolve of this.#waiting.splice(0)) resolve();
      return;
    }
    this.#stop();
    this.#fenced = true;
    this.#onFenced();
  }
}

function clocks(): readonly [steady: number, wall: number] {
  return [performance.now(), Date.now()];
}
