// What a batch has said of one run so far, and where in the lists its rows are.

import type { RunStatus } from "../../../core/status.ts";
import type { HandOver, StepRow } from "../store.ts";
import { LISTS, type Value, WIDTH } from "./lists.ts";

const place = (field: keyof StepRow) =>
  LISTS.steps.columns.findIndex((column) => column.field === field);
const RUN_NO = place("runNo");
const STEP_ID = place("stepId");

export class Touched {
  status: RunStatus;
  lastSeq: number;
  /** Where it stands in `runs`; null when the batch does not create it. */
  readonly at: number | null;
  /** The hand-over that brought its first steps, and where in `steps` these are. */
  #stepsOf: HandOver | null = null;
  #from = 0;
  #to = 0;
  /** Where each of its steps is; made when a second hand-over brings steps. */
  #slots: Map<string, number> | null = null;

  constructor(run: { status: RunStatus; lastSeq: number }, at: number | null) {
    this.status = run.status;
    this.lastSeq = run.lastSeq;
    this.at = at;
  }

  /** Where to write the step: over its earlier state in this batch, or at the end. */
  slotOf(steps: Value[], step: StepRow, handOver: HandOver): number {
    const end = steps.length;
    this.#stepsOf ??= handOver;
    if (this.#stepsOf === handOver) {
      if (this.#to === 0) this.#from = end;
      this.#to = end + WIDTH.steps;
      return end;
    }
    const slots = this.#slots ??= this.#slotsIn(steps, step.runNo);
    const at = slots.get(step.stepId) ?? end;
    slots.set(step.stepId, at);
    return at;
  }

  #slotsIn(steps: Value[], runNo: number): Map<string, number> {
    const slots = new Map<string, number>();
    for (let at = this.#from; at < this.#to; at += WIDTH.steps) {
      if (steps[at + RUN_NO] === runNo) slots.set(steps[at + STEP_ID] as string, at);
    }
    return slots;
  }
}
