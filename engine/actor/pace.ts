// Whose run takes its turn next, and how many do before the event loop looks at the world again.

import type { Clock } from "../../core/clock.ts";
import { FairQueue, type Party } from "../../core/fair-queue.ts";
import type { Presence } from "./presence.ts";

/** Turns of several runs share this time, in ms; a turn of its own ends after as much. */
const SLICE_MS = 10;
/** The same while several agents are at work: what a run waits for comes in between two slices. */
const SHARED_SLICE_MS = 2;

/** Stands for a run in the line of an agent's turns: all its requests are one lane. */
const REQUESTS = "";

interface Call {
  run: () => void;
  /** Whether it is all that its slice does: its work begins only after it. */
  alone: boolean;
  /** How often somebody had asked for all calls before it. */
  epoch: number;
}

/**
 * Makes calls in slices of the event loop, the agents taking turns, then their runs. Calls that are
 * due at once would otherwise all come in one: a hundred runs that compute would hold up every request.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #soon: (run: () => void) => void;
  readonly #presence: Presence;
  readonly #line = new FairQueue<Call>();
  #scheduled = false;
  #epoch = 0;
  /** Calls that somebody waits for. */
  #awaited = 0;
  #passed: (() => void)[] = [];

  /** `soon` runs a function once the current work of the event loop is done. */
  constructor(
    { clock, presence, soon }: {
      clock: Clock;
      presence: Presence;
      soon: (run: () => void) => void;
    },
  ) {
    this.#clock = clock;
    this.#presence = presence;
    this.#soon = soon;
  }

  /** Calls once the current work of the event loop is done and it is the party's turn. */
  soon(party: Party, run: () => void): void {
    this.#push(party, { run, alone: false });
  }

  /**
   * Does what an agent's request asks for: at once, or while several agents are at work when it is
   * its turn, one request a slice. Requests come in the order in which sockets are read, a hundred
   * of one agent's before the next agent's only one.
   */
  request<T>(agent: string, serve: () => Promise<T>): Promise<T> {
    this.#presence.note(agent);
    if (!this.#presence.several) return serve();
    return new Promise<void>((resolve) =>
      this.#push({ agent, run: REQUESTS }, { run: resolve, alone: true })
    ).then(serve);
  }

  #push(party: Party, call: Omit<Call, "epoch">): void {
    this.#line.push(party, { ...call, epoch: this.#epoch });
    this.#schedule();
  }

  /** Resolves once all calls have been made that are due now. */
  passed(): Promise<void> {
    this.#epoch++;
    this.#awaited = this.#line.size;
    return new Promise((resolve) => {
      this.#passed.push(resolve);
      if (this.#awaited === 0) this.#soon(() => this.#resolve());
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#soon(() => this.#drain());
  }

  #drain(): void {
    const began = this.#clock.monotonic();
    try {
      // What is put in line meanwhile waits for the next slice.
      for (let left = this.#line.size; left > 0; left--) {
        const call = this.#line.shift();
        if (!call) break;
        if (call.epoch < this.#epoch && --this.#awaited === 0) this.#soon(() => this.#resolve());
        call.run();
        if (call.alone) break;
        const most = this.#presence.several ? SHARED_SLICE_MS : SLICE_MS;
        if (this.#clock.monotonic() - began > most) break;
      }
    } finally {
      this.#scheduled = false;
      if (this.#line.size > 0) this.#schedule();
    }
  }

  #resolve(): void {
    for (const resolve of this.#passed.splice(0)) resolve();
  }
}
