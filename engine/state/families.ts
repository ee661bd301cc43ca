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

  /** Counts what an earlier process has left unfinished. */
  async restore(store: Store): Promise<void> {
    // By number: a parent comes before its children.
    for (const { runNo, parentRunNo } of await store.unfinishedChildren()) {
      this.#add(this.#roots.get(parentRunNo) ?? parentRunNo, runNo);
    }
  }

  #add(root: number, runNo: number): void {
    this.#roots.set(runNo, root);
    this.#sizes.set(root, (this.#sizes.get(root) ?? 0) + 1);
  }
}
