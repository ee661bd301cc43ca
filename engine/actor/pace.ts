// Whose run takes its turn next, and how many do before the event loop looks at the world again.

import { nextTick } from "node:process";
import type { Clock } from "../../core/clock.ts";
import { DutyCycle } from "../../core/duty-cycle.ts";
import { FairQueue, type Party } from "../../core/fair-queue.ts";
import type { Presence } from "./presence.ts";

/** Turns of several runs share this time, in ms; a turn of its own ends after as much. */
const SLICE_MS = 10;
/** The same while several agents are at work: what a run waits for comes in between two slices. */
const SHARED_SLICE_MS = 2;

/**
 * A request that keeps the event loop busy for longer than `least` ms is followed by so much time for
 * the other agents before the next one of its own: a run of theirs passes the loop some twenty times.
 */
const REQUESTS = { least: 0.5, rest: 3 };

/**
 * What a request is for. What ends work stands in a lane of its own, so that the flood which somebody
 * ends does not keep its end waiting; it rests for none but what took long in that lane.
 */
export type Purpose = "asks" | "ends";

interface Call {
  run: () => void;
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
  readonly #settled: (run: () => void) => void;
  readonly #presence: Presence;
  readonly #line = new FairQueue<Call>();
  /** All requests of an agent are one lane, but for those that end work: see `Purpose`. */
  readonly #requests = new FairQueue<Call>();
  readonly #duty: DutyCycle;
  /** Ends the waiting for an agent that rests. */
  #disarm: (() => void) | null = null;
  /** Whether the last slice served a request. */
  #served = false;
  /** Nobody rests any more. */
  #hurries = false;
  #scheduled = false;
  #epoch = 0;
  /** Calls that somebody waits for. */
  #awaited = 0;
  #passed: (() => void)[] = [];

  /**
   * `soon` runs a function once the current work of the event loop is done, `settled` once all is
   * done that follows without waiting from what goes on now.
   */
  constructor(
    { clock, presence, soon, settled = nextTick }: {
      clock: Clock;
      presence: Presence;
      soon: (run: () => void) => void;
      settled?: (run: () => void) => void;
    },
  ) {
    this.#clock = clock;
    this.#presence = presence;
    this.#soon = soon;
    this.#settled = settled;
    this.#duty = new DutyCycle(clock, REQUESTS);
  }

  /** Calls once the current work of the event loop is done and it is the party's turn. */
  soon(party: Party, run: () => void): void {
    this.#line.push(party, { run, epoch: this.#epoch });
    this.#schedule();
  }

  /**
   * Does what an agent's request asks for: at once, or while several agents are at work when it is
   * its turn, one request a slice. Requests come in the order in which sockets are read, a hundred
   * of one agent's before the next agent's only one.
   */
  request<T>(agent: string, serve: () => Promise<T>, purpose: Purpose = "asks"): Promise<T> {
    this.#presence.note(agent);
    // Who waits since others were at work was first.
    if (!this.#presence.several && this.#requests.size === 0) return serve();
    const lane = `${purpose} ${agent}`;
    return new Promise<void>((resolve) => {
      this.#requests.push({ agent: lane, run: "" }, { run: resolve, epoch: this.#epoch });
      this.#schedule();
    }).then(() => {
      const began = this.#clock.monotonic();
      this.#settled(() => this.#duty.worked(lane, this.#clock.monotonic() - began));
      return serve();
    });
  }

  /** Resolves when it is the agent's turn to keep the event loop busy, as for one of its requests. */
  turn(agent: string): Promise<void> {
    return this.request(agent, () => Promise.resolve());
  }

  /** Resolves once all calls have been made that wait by now; from here on nobody rests. */
  passed(): Promise<void> {
    this.#epoch++;
    this.#hurries = true;
    this.#awaited = this.#line.size + this.#requests.size;
    if (this.#awaited > 0) this.#schedule();
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

  /** What is put in line meanwhile waits for the next slice. */
  #drain(): void {
    this.#disarm?.();
    this.#disarm = null;
    // Requests and turns take turns as well.
    const asks = !this.#served || this.#line.size === 0;
    try {
      this.#served = asks && this.#serve();
      if (!this.#served) this.#slice();
    } finally {
      this.#scheduled = false;
      if (this.#line.size > 0 || (this.#requests.size > 0 && (this.#served || !asks))) {
        this.#schedule();
      } else if (this.#requests.size > 0) this.#await();
    }
  }

  /** Lets the next request begin, which is all that its slice does: its work comes after it. */
  #serve(): boolean {
    const rests = this.#hurries || !this.#presence.several
      ? undefined
      : (lane: string) => !this.#duty.rests(lane);
    const call = this.#requests.shift(rests);
    if (call) this.#make(call);
    return call !== undefined;
  }

  #slice(): void {
    const began = this.#clock.monotonic();
    const most = this.#presence.several ? SHARED_SLICE_MS : SLICE_MS;
    for (let left = this.#line.size; left > 0; left--) {
      const call = this.#line.shift();
      if (!call) return;
      this.#make(call);
      if (this.#clock.monotonic() - began > most) return;
    }
  }

  #make({ run, epoch }: Call): void {
    if (epoch < this.#epoch && --this.#awaited === 0) this.#soon(() => this.#resolve());
    run();
  }

  /** All who ask rest. */
  #await(): void {
    const ms = this.#hurries ? null : this.#duty.nextMs();
    if (ms === null) return this.#schedule();
    this.#disarm = this.#clock.after(ms, () => {
      this.#disarm = null;
      this.#schedule();
    });
  }

  #resolve(): void {
    for (const resolve of this.#passed.splice(0)) resolve();
  }
}
