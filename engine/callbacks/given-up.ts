// How a run is told that others could not be told of it.

import { CALLBACK_EVENTS } from "../../core/callback-terms.ts";
import type { CallbackRow, TimerRow } from "../store/store.ts";

const KIND = "callback-given-up";

/** A timer of the run's: whatever process has it, its log is where this belongs. */
export function givenUpTimer(
  { runNo, seq, event, attempts }: CallbackRow,
  dueAt: number,
): TimerRow {
  return { runNo, key: `${KIND}:${event}.${seq}.${attempts}`, dueAt };
}

/** What such a timer tells: the payload of the run's event, as JSON; null of another timer. */
export function givenUpBy(key: string): string | null {
  const parts = /^callback-given-up:(\w+)\.(\d+)\.(\d+)$/.exec(key);
  if (!parts) return null;
  const event = CALLBACK_EVENTS.find((known) => known === parts[1]);
  return JSON.stringify({ event, sequence: Number(parts[2]), attempts: Number(parts[3]) });
}
