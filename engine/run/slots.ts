// How many external actions may run at once, and how many may have their start committed ahead.
//
// An external step is first *admitted* (its `step_started` may be written), then, committed, it
// waits for one of the pool's slots, and holds it only while its action runs. Starts are admitted
// ahead of free slots so that they share commits; as soon as committed starts have to wait, the
// pool is the bottleneck, and no more are admitted than the pool could take next: what a crash
// leaves marked as started is then what was about to run.

import { FairQueue } from "../../core/fair-queue.ts";

/** Admitted and not yet running, process-wide, while nobody waits for a slot. */
const LOOK_AHEAD = 128;

type State = "queued" | "admitted" | "waiting" | "running" | "released";

/** One step's way through the pool. */
export class Slot {
  readonly #pool: SlotPool;
  readonly runId: string;
  state: State = "queued";
  /** Called when a queued slot is admitted. */
  admitted: () => void;
  run: (() => void) | null = null;
  withdraw: (() => boolean) | null = null;

  constructor(pool: SlotPool, runId: string, admitted: () => void) {
    this.#pool = pool;
    this.runId = runId;
    this.admitted = admitted;
  }

  /** The start is committed: calls `run` (now or later) when a slot of the pool is free. */
  occupy(run: () => void): void {
    this.run = run;
    this.#pool.occupy(this);
  }

  /** Gives back whatever was held; harmless when repeated. */
  release(): void {
    this.#pool.release(this);
  }
}

export class SlotPool {
  readonly #size: number;
  readonly #entering = new FairQueue<Slot>();
  readonly #waiting = new FairQueue<Slot>();
  #ahead = 0;
  #running = 0;
  #closed = false;
  #idle: (() => void)[] = [];

  /** `size`: how many external actions run at once. */
  constructor(size: number) {
    this.#size = size;
  }

  get running(): number {
    return this.#running;
  }

  /** Asks to start a step of a run. The slot is admitted at once, or `admitted` is called later. */
  request(runId: string, admitted: () => void): Slot {
    const slot = new Slot(this, runId, admitted);
    if (this.#entering.size === 0 && this.#admits()) {
      slot.state = "admitted";
      this.#ahead++;
    } else {
      slot.withdraw = this.#entering.push(runId, slot);
    }
    return slot;
  }

  /** Admits nothing more. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when nothing that was admitted is left. */
  idle(): Promise<void> {
    if (this.#ahead + this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  occupy(slot: Slot): void {
    if (slot.state !== "admitted") return;
    if (this.#running < this.#size) return this.#start(slot);
    slot.state = "waiting";
    slot.withdraw = this.#waiting.push(slot.runId, slot);
  }

  release(slot: Slot): void {
    const { state } = slot;
    slot.state = "released";
    if (state === "queued" || state === "waiting") slot.withdraw?.();
    if (state === "admitted" || state === "waiting") this.#ahead--;
    if (state === "running") {
      this.#running--;
      const next = this.#waiting.shift();
      if (next) this.#start(next);
    }
    this.#admitMore();
    if (this.#ahead + this.#running === 0) {
      for (const resolve of this.#idle.splice(0)) {
        resolve();
      }
    }
  }

  #start(slot: Slot): void {
    slot.state = "running";
    this.#ahead--;
    this.#running++;
    slot.run!();
  }

  #admits(): boolean {
    if (this.#closed) return false;
    return this.#ahead < (this.#waiting.size > 0 ? this.#size : LOOK_AHEAD);
  }

  #admitMore(): void {
    while (this.#entering.size > 0 && this.#admits()) {
      const slot = this.#entering.shift()!;
      slot.state = "admitted";
      this.#ahead++;
      slot.admitted();
    }
  }
}
