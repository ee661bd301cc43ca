// How what needs memory waits while something that holds some is about to let go of it.
//
// A result that is on its way to the store can be read again once it is there, and so leave memory.
// Whoever finds a budget full meanwhile waits for that; when nothing is on its way any more, the budget
// is full for good.

import type { Budget, Ledger, Share } from "./share.ts";

/** What tells whether there is room. */
interface Lacking {
  /** The budget that has no room for so many bytes more of the run. */
  lack(share: Share, bytes: number): Budget | null;
  /** Whether something that counts for the budget will leave memory by itself. */
  moves(share: Share, budget: Budget): boolean;
}

interface Waiter {
  share: Share;
  /** How many more the run is to hold. */
  bytes: number;
  /** There is room, or nothing left to wait for. */
  go(): void;
}

interface Waiting extends Waiter {
  leave(): void;
}

/** The waiters of an agent's runs, each run's in the order in which they came. */
type Lines = Map<Share, Set<Waiting>>;

export class Room {
  readonly #budgets: Lacking;
  readonly #agents = new Map<Ledger | null, Lines>();
  #stirred = false;

  constructor(budgets: Lacking) {
    this.#budgets = budgets;
  }

  /**
   * Whether there is no room for so many bytes more, and something that will yet make some. `brings`:
   * whoever asks is about to be something of that kind.
   */
  isDue(share: Share, bytes: number, brings = false): boolean {
    return this.#lack(share, bytes, brings) !== null;
  }

  /** The budget that there is no room in yet. */
  #lack(share: Share, bytes: number, brings = false): Budget | null {
    const lack = this.#budgets.lack(share, bytes);
    return lack !== null && (brings || this.#budgets.moves(share, lack)) ? lack : null;
  }

  /** Lets the waiter go as soon as that is over, never at once. Returns how to give up. */
  wait({ share, bytes, go }: Waiter): () => void {
    const { ledger } = share;
    const lines = this.#agents.get(ledger) ?? new Map<Share, Set<Waiting>>();
    const line = lines.get(share) ?? new Set<Waiting>();
    const leave = () => {
      if (!line.delete(waiting)) return;
      if (line.size === 0) lines.delete(share);
      if (lines.size === 0) this.#agents.delete(ledger);
    };
    const waiting: Waiting = { share, bytes, go, leave };
    // Sets that were empty may have left.
    this.#agents.set(ledger, lines.set(share, line.add(waiting)));
    this.stir();
    return leave;
  }

  /** Something may have been let go of. What follows from that in the same turn comes first. */
  stir(): void {
    if (this.#stirred || this.#agents.size === 0) return;
    this.#stirred = true;
    queueMicrotask(() => {
      this.#stirred = false;
      for (const lines of [...this.#agents.values()]) this.#look(lines);
    });
  }

  /** Who waits for what all of the agent's runs share holds up all of them. */
  #look(lines: Lines): void {
    for (const line of lines.values()) {
      for (const waiter of line) {
        const lack = this.#lack(waiter.share, waiter.bytes);
        if (lack === "run") break;
        if (lack !== null) return;
        waiter.leave();
        waiter.go();
      }
    }
  }
}
