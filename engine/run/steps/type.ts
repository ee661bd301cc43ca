// What a type of step that is no action does, at each moment that the engine knows of.

import type { ErrorObject } from "../../../core/errors.ts";
import type { Place } from "../lists.ts";
import type { StepList, StepState } from "../state.ts";
import type { Turn } from "../turn.ts";

export interface StepType {
  /**
   * Begins an attempt and writes its `step_started`, because a loop's names its items. What it throws
   * fails the attempt; what it throws as not known yet begins again once it is.
   */
  begin(turn: Turn, step: StepState): void;
  /** What is inside a step that is under way may go on, after its lists. May throw as `begin` does. */
  goOn?(turn: Turn, step: StepState): void;
  /** All steps of one of its lists are settled. May throw as `begin` does. */
  listDone?(turn: Turn, step: StepState, list: StepList): void;
  /** One of its lists has failed; `error` is what the step would fail with. */
  listFailed?(turn: Turn, step: StepState, list: StepList, error: ErrorObject): void;
  /** Where the lists stand that it has opened so far, as its detail tells; null before any. */
  places?(step: StepState): Place[] | null;
  /** The time it was waiting for has come. */
  due?(turn: Turn, step: StepState): void;
  /** Takes its waiting up again after the run was loaded or halted. */
  waitAgain?(turn: Turn, step: StepState): void;
}
