// What a call or a reader holds of a run's memory until that is an output or let go of, and how it gets it.

import { OpcodeError } from "../../core/errors.ts";
import type { Budgets } from "./budgets.ts";
import type { Share } from "./share.ts";

/** What is held from before it is taken in until it has become an output, or was read. */
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
