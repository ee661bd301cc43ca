// What a turn has yet to see to: small facts that its steps leave behind, taken one after the other.
//
// What records a step's end calls nothing that decides what follows from it; it leaves a fact here,
// and `drain` (drain.ts) hands each to whom it concerns. Facts that come up while one is being handled
// are taken before those behind it: all that follows from an end is done before the next one's.

import type { ErrorObject } from "../../core/errors.ts";
import type { StepList, StepState } from "../state/state.ts";

export type Fact =
  /** What the step has come to cannot be kept: its attempt has failed. */
  | { kind: "step_failed"; step: StepState; error: ErrorObject }
  /** The run has failed: no other attempt of the step is waited for. */
  | { kind: "backoff_dropped"; step: StepState }
  /** The list was opened, or something in it was settled: its next step begins, or it ends. */
  | { kind: "list_moves"; list: StepList }
  /** All steps of the list are settled. */
  | { kind: "list_done"; list: StepList }
  /** A step of the list has failed, and nothing handles that. */
  | { kind: "list_failed"; list: StepList; error: ErrorObject }
  /** What is inside the step may go on, and then it itself. */
  | { kind: "step_goes_on"; step: StepState }
  /** What is inside the step has gone on as far as it does by itself. */
  | { kind: "lists_moved"; step: StepState };

export class Agenda {
  /** The next one is the last. */
  readonly #line: Fact[] = [];
  /** What has come up since the last one was taken, in order. */
  readonly #fresh: Fact[] = [];

  add(fact: Fact): void {
    this.#fresh.push(fact);
  }

  get isEmpty(): boolean {
    return this.#line.length === 0 && this.#fresh.length === 0;
  }

  take(): Fact | undefined {
    while (this.#fresh.length > 0) this.#line.push(this.#fresh.pop()!);
    return this.#line.pop();
  }
}
