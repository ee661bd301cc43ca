// How a page hears that something has changed: by the event stream, at once, and then in its own time.

import { EVENT_NAMES } from "../event-names.ts";
import { liveness } from "./state.ts";

/** From an event to the page that reads anew, ms: what one commit did comes together. */
const SOON_MS = 10;
/**
 * Between the end of a showing and the next: so many times as long as it took, in these bounds, ms.
 * So a page that is dear to show takes a fifth of a core, however much goes on.
 */
const REST = { times: 4, least: 80, most: 2_000 };
/** A reading that takes longer, ms, keeps no other from being begun. */
const MOST_READING_MS = 10_000;
/** Until a stream that the daemon has refused is asked for again, ms. */
const AGAIN_MS = 2_000;

interface Following {
  query: string;
  changed(): Promise<unknown>;
  source: EventSource;
  timer?: ReturnType<typeof setTimeout> | undefined;
  isShowing: boolean;
  /** Whether something came while it was shown. */
  isStale: boolean;
  /** On the page's clock. */
  restsUntil: number;
}

let following: Following | undefined;

/**
 * Calls `changed` when events come that the query names, and not before what it did last is shown;
 * undefined: nothing is followed.
 */
export function follow(query: string | undefined, changed: () => Promise<unknown>): void {
  if (query !== undefined && following?.query === query) {
    following.changed = changed;
    return;
  }
  if (query === undefined && !following) return;
  leave();
  liveness.value = "still";
  if (query !== undefined) open(query, changed, { wasLost: false });
}

function leave(): void {
  following?.source.close();
  clearTimeout(following?.timer);
  following = undefined;
}

function open(
  query: string,
  changed: Following["changed"],
  { wasLost }: { wasLost: boolean },
): void {
  const source = new EventSource(`/api/v1/events/stream${query && `?${query}`}`);
  const state = { isShowing: false, isStale: false, restsUntil: 0 };
  const mine: Following = following = { query, changed, source, ...state };
  let isLost = wasLost;
  source.onopen = () => {
    liveness.value = "live";
    // What happened while there was no stream is in no stream.
    if (isLost) hear(mine);
    isLost = false;
  };
  source.onerror = () => {
    if (following !== mine) return;
    isLost = true;
    liveness.value = "lost";
    // One that was refused, as by a daemon that is starting, does not come back by itself.
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => following === mine && open(query, mine.changed, { wasLost: true }), AGAIN_MS);
  };
  for (const name of [...EVENT_NAMES, "resync"]) source.addEventListener(name, () => hear(mine));
}

function hear(mine: Following): void {
  if (following !== mine) return;
  if (mine.isShowing) mine.isStale = true;
  else {
    const rest = mine.restsUntil - performance.now();
    mine.timer ??= setTimeout(() => void showChange(mine), Math.max(SOON_MS, rest));
  }
}

async function showChange(mine: Following): Promise<void> {
  mine.timer = undefined;
  mine.isShowing = true;
  mine.isStale = false;
  const began = performance.now();
  try {
    await Promise.race([mine.changed(), after(MOST_READING_MS)]);
    // What it changed is drawn before the next task.
    await after(0);
  } finally {
    const ended = performance.now();
    const rest = Math.max(REST.least, Math.min(REST.most, REST.times * (ended - began)));
    mine.restsUntil = ended + rest;
    mine.isShowing = false;
    if (mine.isStale) hear(mine);
  }
}

function after(ms: number): Promise<void> {
  return new Promise((passed) => setTimeout(passed, ms));
}
