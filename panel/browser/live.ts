// How a page hears that something has changed: by the event stream, a little later for all that came at once.

import { EVENT_NAMES } from "../event-names.ts";
import { liveness } from "./state.ts";

/** From an event to the page that shows it, ms: what comes meanwhile is shown with it. */
const GATHER_MS = 100;
/** Until a stream that the daemon has refused is asked for again, ms. */
const AGAIN_MS = 2_000;

interface Following {
  query: string;
  changed(): void;
  source: EventSource;
}

let following: Following | undefined;
let gathering: ReturnType<typeof setTimeout> | undefined;

/** Calls `changed` when events come that the query names; undefined: nothing is followed. */
export function follow(query: string | undefined, changed: () => void): void {
  if (query !== undefined && following?.query === query) {
    following.changed = changed;
    return;
  }
  leave();
  liveness.value = "still";
  if (query !== undefined) open(query, changed, { wasLost: false });
}

function leave(): void {
  following?.source.close();
  following = undefined;
  clearTimeout(gathering);
  gathering = undefined;
}

function open(query: string, changed: () => void, { wasLost }: { wasLost: boolean }): void {
  const source = new EventSource(`/api/v1/events/stream${query && `?${query}`}`);
  const mine: Following = following = { query, changed, source };
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
  gathering ??= setTimeout(() => {
    gathering = undefined;
    following?.changed();
  }, GATHER_MS);
}
