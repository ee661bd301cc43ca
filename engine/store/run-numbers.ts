// Which number each new run gets: out of blocks that are taken ahead of time, so that none waits for the store.

import { OpcodeError } from "../../core/errors.ts";
import type { Store } from "./store.ts";

/** More than twice as many as one turn can start; 2^53 numbers are thousands of millions of blocks. */
const BLOCK = 2 ** 20;

interface Block {
  next: number;
  /** The first that is not in it. */
  end: number;
}

export class RunNumbers {
  readonly #store: Pick<Store, "takeRunNos">;
  readonly #size: number;
  #block: Block = { next: 0, end: 0 };
  #ahead: Block | null = null;
  #taking = false;

  /** `size`: numbers taken at a time. */
  constructor(store: Pick<Store, "takeRunNos">, size = BLOCK) {
    this.#store = store;
    this.#size = size;
  }

  /** Takes the first block; to be awaited before the first number is. */
  async open(): Promise<void> {
    this.#block = await this.#take();
  }

  /**
   * A number that no run has, larger than those before. BUSY when the store has not answered while
   * half a block was used.
   */
  next(): number {
    const { end } = this.#block;
    if (this.#block.next === end && this.#ahead) {
      this.#block = this.#ahead;
      this.#ahead = null;
    }
    if (this.#block.end - this.#block.next <= this.#size / 2) this.#takeAhead();
    if (this.#block.next === this.#block.end) {
      throw new OpcodeError("BUSY", "the store has given no numbers for new runs", {
        details: { retry_after_ms: 1_000 },
      });
    }
    return this.#block.next++;
  }

  #takeAhead(): void {
    if (this.#taking || this.#ahead) return;
    this.#taking = true;
    this.#take().then(
      (block) => this.#ahead = block,
      // Asked again with the next number: half a block is left.
      () => {},
    ).finally(() => this.#taking = false);
  }

  async #take(): Promise<Block> {
    const next = await this.#store.takeRunNos(this.#size);
    return { next, end: next + this.#size };
  }
}
