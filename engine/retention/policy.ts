// How long what has ended is kept, and what that means at a moment.

import type { Expiry, FiresKept } from "../store/retention-store.ts";

/** Null: for ever, or however many there are. */
export interface RetentionPolicy {
  /** How long a run stays after it has ended, ms. */
  terminalMs: number | null;
  /** How long its steps, events and values stay, ms; its row then stays alone. */
  eventsMs: number | null;
  /** How many ended runs stay: the newest. */
  maxRuns: number | null;
  /** How long what became of schedules' times stays, ms. */
  firesMs: number | null;
}

export const KEEP_ALL: RetentionPolicy = {
  terminalMs: null,
  eventsMs: null,
  maxRuns: null,
  firesMs: null,
};

/**
 * How long the idempotency key of a run that has ended is taken at least, ms: whoever repeats a
 * request, or delivers an event again, does so within days, also while runs go sooner.
 */
export const KEYS_HELD_MS = 7 * 24 * 3_600_000;

/** Of each schedule, whatever their age: how many of the newest fires stay at most, and at least. */
const MOST_FIRES = 1_000;
const LEAST_FIRES = 5;

export function keepsAll(policy: RetentionPolicy): boolean {
  return Object.values(policy).every((bound) => bound === null);
}

/** Null when all fires stay. */
export function firesKeptAt({ firesMs }: RetentionPolicy, now: number): FiresKept | null {
  if (firesMs === null) return null;
  return { since: now - firesMs, most: MOST_FIRES, least: LEAST_FIRES };
}

/** `belowRunNo`: of the oldest run that stays by their number; null when all do. */
export function expiryAt(
  { terminalMs, eventsMs }: RetentionPolicy,
  now: number,
  belowRunNo: number | null,
): Expiry {
  return {
    endedBefore: terminalMs === null ? null : now - terminalMs,
    textsBefore: eventsMs === null ? null : now - eventsMs,
    belowRunNo,
    keysSince: now - KEYS_HELD_MS,
  };
}
