// How a run waits for the time at which it is to begin, and begins then.

import { isDelayed } from "../state/state.ts";
import { START } from "./activity.ts";
import type { Turn } from "./turn.ts";
import { beginOrWait } from "./wait-for-room.ts";

/** A new run is to begin at this time (epoch ms), not now. */
export function delay(turn: Turn, startAt: number): void {
  turn.run.marks.start_at = startAt;
  turn.timer(START, startAt);
}

/** Its time has come. */
export function beginDelayed(turn: Turn): void {
  if (!isDelayed(turn.run)) return;
  turn.timer(START, null);
  beginOrWait(turn);
}
