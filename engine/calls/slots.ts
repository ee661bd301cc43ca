// How many external actions may run at once, and how many may have their start committed ahead.
//
// An external step is first *admitted* (its `step_started` may be written), then, committed, it
// waits for one of the pool's slots, and holds it only while its action runs. Starts are admitted
// ahead of free slots so that they share commits; as soon as committed starts have to wait, the
// pool is the bottleneck, and no more are admitted than the pool could take next: what a crash
// leaves marked as started is then what was about to run.
//
// Agents take turns for the slots, and an agent's runs for its own. Turns alone would not help against
// steps that hold their slots for hours: an agent that has less than its share of the pool does not
// wait for them, but runs beside them until they end, as long as there are not twice as many slots.

import { FairQueue, type Party, type Queued } from "../../core/fair-queue.ts";

/** Admitted and not yet running, of one agent, while nobody waits for a slot. */
const LOOK_AHEAD = 128;
/** How many times its size a pool may grow for agents that have less than their share. */
const MOST_GROWTH = 2;

type State = "queued" | "admitted" | "waiting" | "running" | "released";

/** One step's way through the pool. */
export class Slot {
  readonly #pool: SlotPool;
  readonly party: Party;
  state: State = "queued";
  /** Called when a queued slot is admitted. */
  admitted: () => void;
  run: (() => void) | null = null;
  /** Its place in the line that it waits in. */
  place: Queued<Slot> | null = null;

  constructor(pool: SlotPool, party: Party, admitted: () => void) {
    this.#pool = pool;
    this.party = party;
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

/** What one agent has of the pool. */
interface Holding {
  /** Admitted and not yet running. */
  ahead: number;
  running: number;
}

const NOTHING: Holding = { ahead: 0, running: 0 };

export class SlotPool {
  #size: number;
  readonly #entering = new FairQueue<Slot>();
  readonly #waiting = new FairQueue<Slot>();
  /** By agent; of those that have anything. */
  readonly #holdings = new Map<string, Holding>();
  #ahead = 0;
  #running = 0;
  #closed = false;
  #idle: (() => void)[] = [];

  /** `size`: how many external actions run at once, but for those that make up for a share. */
  constructor(size: number) {
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  /** So many from now on; what runs already runs to its end, also where that is more. */
  resize(size: number): void {
    this.#size = size;
    this.#startMore();
    this.#admitMore();
  }

  get running(): number {
    return this.#running;
  }

  /** Steps that could run, if there were slots for them. */
  get waiting(): number {
    return this.#waiting.size + this.#entering.size;
  }

  /** Asks to start a step of a run. The slot is admitted at once, or `admitted` is called later. */
  request(party: Party, admitted: () => void): Slot {
    const slot = new Slot(this, party, admitted);
    // What waits already could not be admitted either, if it is of the same agent.
    if (this.#admits(party.agent)) this.#admit(slot);
    else slot.place = this.#entering.push(party, slot);
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
    if (this.#running < this.size || this.#isOwed(slot.party.agent)) return this.#start(slot);
    slot.state = "waiting";
    slot.place = this.#waiting.push(slot.party, slot);
  }

  release(slot: Slot): void {
    const { state } = slot;
    slot.state = "released";
    if (state === "queued") this.#entering.withdraw(slot.place!);
    if (state === "waiting") this.#waiting.withdraw(slot.place!);
    if (state === "admitted" || state === "waiting") this.#hold(slot, -1, 0);
    if (state === "running") this.#hold(slot, 0, -1);
    if (state !== "queued" && state !== "released") this.#startMore();
    this.#admitMore();
    if (this.#ahead + this.#running === 0) {
      for (const resolve of this.#idle.splice(0)) {
        resolve();
      }
    }
  }

  /** So many more, or less, of the slot's agent. */
  #hold({ party: { agent } }: Slot, ahead: number, running: number): void {
    let holding = this.#holdings.get(agent);
    if (!holding) this.#holdings.set(agent, holding = { ...NOTHING });
    holding.ahead += ahead;
    holding.running += running;
    this.#ahead += ahead;
    this.#running += running;
    if (holding.ahead + holding.running === 0) this.#holdings.delete(agent);
  }

  #admit(slot: Slot): void {
    slot.state = "admitted";
    this.#hold(slot, 1, 0);
  }

  #start(slot: Slot): void {
    slot.state = "running";
    this.#hold(slot, -1, 1);
    slot.run!();
  }

  #startMore(): void {
    for (;;) {
      const free = this.#running < this.size;
      const next = free
        ? this.#waiting.shift()
        : this.#waiting.shift((agent) => this.#isOwed(agent));
      if (!next) return;
      this.#start(next);
    }
  }

  /** Whether the agent has less than its share, and the pool may grow for it. */
  #isOwed(agent: string): boolean {
    if (this.#running >= this.size * MOST_GROWTH) return false;
    return (this.#holdings.get(agent) ?? NOTHING).running < this.#share;
  }

  /** How many slots each agent is sure of among those that have something to do. */
  get #share(): number {
    return Math.max(1, Math.floor(this.size / this.#holdings.size));
  }

  #admits(agent: string): boolean {
    if (this.#closed) return false;
    const { ahead } = this.#holdings.get(agent) ?? NOTHING;
    return ahead < (this.#waiting.size > 0 ? this.#share : LOOK_AHEAD);
  }

  #admitMore(): void {
    while (this.#entering.size > 0) {
      const slot = this.#entering.shift((agent) => this.#admits(agent));
      if (!slot) return;
      this.#admit(slot);
      slot.admitted();
    }
  }
}
