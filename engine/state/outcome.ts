// How a run is going to end, and whether that is known yet.

import type { ErrorObject } from "../../core/errors.ts";

/** How a run is going to end, once its hook is done. */
export interface Outcome {
  status: "completed" | "failed";
  error?: ErrorObject;
}

/** A check that has been asked for, or has been made. */
export interface OutputCheck {
  /** The last event of before it: a signal may have changed the output since. */
  seq: number;
  outcome: Outcome | null;
}
