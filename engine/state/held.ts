// What a step is counted with for what it keeps in memory, and what of that may leave.

import type { Json } from "../../core/json.ts";
import { weigh } from "../../core/weigh.ts";
import type { RunState, StepState } from "./state.ts";

/** Counts what a for_each runs over. */
export function holdItems(run: RunState, step: StepState, items: readonly Json[]): void {
  hold(run, step, weigh(items as Json[]));
}

/** Counts the output that the step has now. */
export function holdOutput(run: RunState, step: StepState): void {
  step.result.outputHeld = weigh(step.result.output);
  hold(run, step, step.result.outputHeld);
  if (step.result.outputHeld >= run.residence.smallest) run.mayLeave.add(step);
}

/** Lets go of outputs that are stored, up to the event that is, and that nobody is about to read. */
export function dropOutputs(run: RunState): void {
  for (const step of run.mayLeave) {
    const { pinned, result: { output, outputHeld }, row: { outputSeq } } = step;
    // One that is stored masked cannot be read again.
    if (pinned > 0 || step.result.sealed || step.result.hides) continue;
    if (output !== undefined && (outputSeq === null || outputSeq > run.storedSeq)) continue;
    run.mayLeave.delete(step);
    // It was put back since.
    if (output === undefined) continue;
    step.result.output = undefined;
    run.lacks = true;
    hold(run, step, -outputHeld);
  }
}

function hold(run: RunState, step: StepState, bytes: number): void {
  step.held += bytes;
  run.share.hold(bytes);
}
