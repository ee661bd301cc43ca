// What a restart must know of a run beyond its columns.

import type { LeftProgram } from "../../actions/action.ts";
import type { RemovalMarks } from "../store/retention-store.ts";
import type { Outcome } from "./outcome.ts";

/** Why a run was set aside. */
export interface Poison {
  /** How often a process ended in the middle of it. */
  deaths: number;
  /** What was being done with it the last time. */
  reason: string;
}

/** A program of a step, as it is remembered. */
export type StepProgram = LeftProgram & { step_id: string };

/** All of it; stored as JSON. */
export interface Marks extends RemovalMarks {
  /** Steps that wait for `retry` or `skip`. */
  interrupted?: string[];
  /** Of these, the programs that ran when the daemon was killed. */
  programs?: StepProgram[];
  /** Set aside because processes died of it; nothing goes on until `retry`. */
  poisoned?: Poison;
  /** Suspended by its own timeout: the next resume gets a full budget. */
  timed_out?: boolean;
  /** The outcome while a hook runs. */
  outcome?: Outcome;
  /** When a run that has not begun is to begin, epoch ms. */
  start_at?: number;
  /** A run that has not begun: which limits (by their settings) keep it waiting, and JSON text of what has started it. */
  waits?: { for: string[]; origin?: string };
  /** Templates of which there may be only so many runs, and of which it is below one. */
  above?: string[];
  /** Its own is one of them: it counts to the run above it. */
  within?: true;
  /** Sequence numbers of the events that hold the data signals it keeps, in their order. */
  kept?: number[];
}
