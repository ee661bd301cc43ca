// How what needs memory waits while something that holds some is about to let go of it.
//
// A result that is on its way to the store can be read again once it is there, and so leave memory.
// Whoever finds a budget full meanwhile waits for that; when nothing is on its way any more, the budget
// is full for good.

import { OpcodeError } from "../../core/errors.ts";
import type { Budgets, Share } from "./budgets.ts";

interface Waiter {
  share: Share;
  /** How many more the run is to hold. */
  bytes: number;
  /** There is room, or nothing left to wait for. */
  go(): void;
}

export class Room {
  readonly #budgets: Budgets;
  /** Each run's in the order in which they came. */
  readonly #lines = new Map<Share, Set<Waiter>>();
  #stirred = false;

  constructor(budgets: Budgets) {
    this.#budgets = budgets;
  }

  /**
   * Whether there is no room for so many bytes more, and something that will yet make some. `brings`:
   * whoever asks is about to be something of that kind.
   */
  isDue(share: Share, bytes: number, brings = false): boolean {
    const lack = this.#budgets.lack(share, bytes);
    return lack !== null && (brings || this.#budgets.moves(share, lack));
  }

  /** Lets the waiter go as soon as that is over, never at once. Answers how to give up. */
  wait(waiter: Waiter): () => void {
    const { share } = waiter;
    let line = this.#lines.get(share);
    if (!line) this.#lines.set(share, line = new Set());
    line.add(waiter);
    this.stir();
    return () => this.#leave(waiter);
  }

  /** Something may have been let go of. What follows from that in the same turn comes first. */
  stir(): void {
    if (this.#stirred || this.#lines.size === 0) return;
    this.#stirred = true;
    queueMicrotask(() => {
      this.#stirred = false;
      this.#look();
    });
  }

  #look(): void {
    for (const line of [...this.#lines.values()]) {
      for (const waiter of line) {
        if (this.isDue(waiter.share, waiter.bytes)) break;
        this.#leave(waiter);
        waiter.go();
      }
    }
  }

  #leave(waiter: Waiter): void {
    const line = this.#lines.get(waiter.share);
    line?.delete(waiter);
    if (line?.size === 0) this.#lines.delete(waiter.share);
  }
}

/** What somebody holds from the time he is about to, while it becomes an output or is read. */
export class Claim {
  readonly #budgets: Budgets;
  readonly #share: Share;
  #bytes = 0;
  /** Whether all that it holds will soon be let go of, or become a step's output. */
  #moves = false;
  #giveUp: (() => void) | null = null;

  constructor(budgets: Budgets, share: Share) {
    this.#budgets = budgets;
    this.#share = share;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes as many bytes more, if need be later. Throws, or rejects with, BUDGET_EXCEEDED. */
  take(bytes: number): Promise<void> | void {
    this.#giveUp?.();
    // One that waits for more lets go of nothing before it has got it.
    this.#move(false);
    const { room } = this.#budgets;
    const share = this.#share;
    if (!room.isDue(share, bytes)) {
      const refusal = this.#hold(bytes);
      if (refusal) throw refusal;
      return;
    }
    return new Promise((resolve, reject) => {
      const leave = room.wait({
        share,
        bytes,
        go: () => {
          this.#giveUp = null;
          const refusal = this.#hold(bytes);
          if (refusal) reject(refusal);
          else resolve();
        },
      });
      this.#giveUp = () => {
        leave();
        reject(new OpcodeError("CANCELLED", "the step was given up"));
      };
    });
  }

  #hold(bytes: number): OpcodeError | null {
    this.#bytes += bytes;
    this.#share.hold(bytes);
    const refusal = this.#budgets.check(this.#share);
    if (refusal) this.end();
    else this.#move(true);
    return refusal;
  }

  /** It holds no more than that, or a little more: what is counted before is an estimate. */
  settle(bytes: number): void {
    this.#share.hold(bytes - this.#bytes);
    this.#bytes = bytes;
  }

  /** It holds nothing any more; who waits in its name is told so. */
  end(): void {
    this.#giveUp?.();
    this.#giveUp = null;
    this.#share.drop(this.#bytes);
    this.#bytes = 0;
    this.#move(false);
  }

  #move(moves: boolean): void {
    if (moves === this.#moves) return;
    this.#moves = moves;
    this.#share.move(moves ? 1 : -1);
  }
}
