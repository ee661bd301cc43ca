// How many callers may hold a connection for long at once: streams, and calls that wait.

import type { ServerResponse } from "node:http";
import type { Context } from "hono";
import { Departure, type Leaving } from "../core/departure.ts";
import { OpcodeError } from "../core/errors.ts";

/** A call has waited for so long before it may be answered early to make room for another, ms. */
const LEAST_WAIT_MS = 1_000;
/** When to come again where there was no room, ms. */
const RETRY_AFTER_MS = 1_000;

interface Place {
  /** By the monotonic clock. */
  since: number;
  /** Ends what is held, if that can be done in good order. */
  end: (() => void) | undefined;
}

/** A bounded number of places. The longest held one that can be ended makes room for the next. */
export class Held {
  readonly #most: number;
  readonly #what: string;
  /** In the order in which they were taken. */
  readonly #places = new Set<Place>();

  /** `what`: the places' holders, as they are called where one more is refused. */
  constructor(most: number, what: string) {
    this.#most = most;
    this.#what = what;
  }

  get count(): number {
    return this.#places.size;
  }

  /**
   * Takes a place; the answer gives it back, harmlessly often. `end` is called once when the place
   * is needed for somebody else, not before its holder has had it for a second. Throws BUSY when
   * there is no room.
   */
  enter(end?: () => void): () => void {
    const now = performance.now();
    if (this.#places.size >= this.#most && !this.#makeRoom(now)) {
      throw new OpcodeError("BUSY", `there is no room for more than ${this.#most} ${this.#what}`, {
        details: { limit: this.#most, retry_after_ms: RETRY_AFTER_MS },
      });
    }
    const place: Place = { since: now, end };
    this.#places.add(place);
    return () => void this.#places.delete(place);
  }

  #makeRoom(now: number): boolean {
    for (const longest of this.#places) {
      if (longest.end === undefined || now - longest.since < LEAST_WAIT_MS) return false;
      this.#places.delete(longest);
      longest.end();
      return true;
    }
    return false;
  }
}

/** The places of a daemon, each kind with its own bound. */
export interface HeldPlaces {
  /** Who has one keeps it. */
  streams: Held;
  /** Calls that wait; they can be answered early. */
  waits: Held;
}

export function heldPlaces(most: { streams: number; waits: number }): HeldPlaces {
  return {
    streams: new Held(most.streams, "open streams"),
    waits: new Held(most.waits, "calls that wait (ask with wait_ms 0, or later)"),
  };
}

/**
 * Makes a call that ends its waiting when the signal given to it is aborted: that is `left`'s, or
 * that of the place it has.
 */
export async function inPlace<T>(
  places: Held,
  left: Leaving,
  call: (signal: Leaving) => Promise<T>,
): Promise<T> {
  const early = new Departure();
  const end = () => early.abort();
  const leave = places.enter(end);
  if (left.aborted) end();
  left.addEventListener("abort", end, { once: true });
  try {
    return await call(early);
  } finally {
    left.removeEventListener("abort", end);
    leave();
  }
}

/** When the caller of this request hangs up. */
export function leavingOf(c: Context): Leaving {
  const { outgoing } = (c.env ?? {}) as { outgoing?: ServerResponse };
  // Without a connection below it.
  if (outgoing === undefined) return c.req.raw.signal;
  const departure = new Departure();
  if (outgoing.closed) departure.abort();
  else outgoing.once("close", () => departure.abort());
  return departure;
}

/** Takes a place for as long as this request's answer goes on. Throws BUSY when there is none. */
export function holdWhileAnswered(c: Context, places: Held): void {
  const { outgoing } = (c.env ?? {}) as { outgoing?: ServerResponse };
  const leave = places.enter();
  // Without a connection below it nothing is held.
  if (outgoing === undefined || outgoing.closed) leave();
  else outgoing.once("close", leave);
}
