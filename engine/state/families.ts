// How many unfinished descendants each run has that nothing started, so that no run can flood the daemon.

import { isTerminal } from "../../core/status.ts";
import type { HandOver, Store } from "../store/store.ts";

/**
 * Counts, by the run at the root, the runs below it that `workflow.run` has started and that are
 * not over. A child counts from the turn that starts it, before its row is stored.
 */
export class Families {
  readonly #most: number;
  /** The root of every unfinished descendant. */
  readonly #roots = new Map<number, number>();
  readonly #sizes = new Map<number, number>();
  /** Those that have left while it is read who has not. */
  #left: Set<number> | null = null;

  constructor(most: number) {
    this.#most = most;
  }

  /** The most unfinished descendants that a root may have. */
  get most(): number {
    return this.#most;
  }

  /** Takes a child in; false when its family is full. */
  admit(parentRunNo: number, runNo: number): boolean {
    const root = this.#roots.get(parentRunNo) ?? parentRunNo;
    if ((this.#sizes.get(root) ?? 0) >= this.#most) return false;
    this.#add(root, runNo);
    return true;
  }

  /** The run is over, or was never stored; harmless for one that is no descendant. */
  leave(runNo: number): void {
    this.#left?.add(runNo);
    const root = this.#roots.get(runNo);
    if (root === undefined) return;
    this.#roots.delete(runNo);
    const size = this.#sizes.get(root)! - 1;
    if (size > 0) this.#sizes.set(root, size);
    else this.#sizes.delete(root);
  }

  /** Lets go of the runs that a committed hand-over has ended. */
  committed({ updates }: HandOver): void {
    for (const { runNo, status } of updates) if (isTerminal(status)) this.leave(runNo);
  }

  /** Counts what other processes have left unfinished. */
  async restore(store: Pick<Store, "unfinishedChildren">): Promise<void> {
    const left = this.#left = new Set();
    // By number: a parent comes before its children.
    for (const { runNo, parentRunNo } of await store.unfinishedChildren()) {
      if (!left.has(runNo)) this.#add(this.#roots.get(parentRunNo) ?? parentRunNo, runNo);
    }
    if (this.#left === left) this.#left = null;
  }

  #add(root: number, runNo: number): void {
    if (this.#roots.has(runNo)) return;
    this.#roots.set(runNo, root);
    this.#sizes.set(root, (this.#sizes.get(root) ?? 0) + 1);
  }
}
