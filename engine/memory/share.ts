// What one run holds of the memory, and what the runs of one agent hold together.

import type { OpcodeError } from "../../core/errors.ts";

/** Where there may be too little. */
export type Budget = "run" | "agent" | "process" | "steps";

/** What all runs hold together. */
export interface Totals {
  /** Bytes. */
  held: number;
  /** Things that are about to leave memory. */
  moving: number;
  /** Who waits for them to. */
  readonly room: { stir(): void };
}

/** What one run holds. Before it is taken in, and once it has left, it counts for nobody else. */
export class Share {
  held = 0;
  /** Number of the run. */
  runNo = 0;
  ledger: Ledger | null = null;
  /** Lets go of what can be read again. */
  letGo: () => void = () => {};
  /** Whether there may be something of that kind since it was done last. */
  #loose = true;
  /** How much of it is about to leave memory, or to be such that it can: a number of things. */
  moving = 0;
  /** Whether the run begins no step until there is room. */
  putOff = false;
  /** Told that the run has to pay. */
  exceeded: (error: OpcodeError) => void = () => {};

  hold(bytes: number): void {
    this.held += bytes;
    this.ledger?.hold(bytes);
  }

  drop(bytes: number): void {
    this.hold(-bytes);
  }

  /** So many things more, or less, are about to leave memory. */
  move(things: number): void {
    this.moving += things;
    this.ledger?.move(things);
  }

  /** More is stored, or was read, and so may be let go of. */
  loosened(): void {
    this.#loose = true;
    this.ledger?.loose.add(this);
  }

  /** Lets go of what can be read again. */
  relieve(): void {
    if (!this.#loose) return;
    this.#loose = false;
    this.ledger?.loose.delete(this);
    this.letGo();
  }
}

/** What the runs of one agent hold. */
export class Ledger {
  held = 0;
  moving = 0;
  readonly agentId: string;
  readonly shares = new Set<Share>();
  /** Those that may have something to let go of; what it costs to look must not grow with the others. */
  readonly loose = new Set<Share>();
  readonly #totals: Totals;

  constructor(totals: Totals, agentId: string) {
    this.#totals = totals;
    this.agentId = agentId;
  }

  hold(bytes: number): void {
    this.held += bytes;
    this.#totals.held += bytes;
  }

  move(things: number): void {
    this.moving += things;
    this.#totals.moving += things;
    if (things < 0) this.#totals.room.stir();
  }
}
