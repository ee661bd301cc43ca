// The values of a run themselves, where what was loaded of them is masked; each may need the vault.
//
// They throw VAULT_ERROR while the vault is locked: a masked value must never reach an action.

import type { Json, JsonObject } from "../../core/json.ts";
import { needOutputs } from "../memory/absent.ts";
import { effectiveInputs } from "./new-run.ts";
import type { RunState, StepList, StepState } from "./state.ts";

/** Throws Absent when it is not in memory. */
export function outputOf(step: StepState): Json | undefined {
  if (step.result.sealed) return step.result.sealed.open();
  if (step.result.output === undefined) needOutputs([step]);
  return step.result.output;
}

/** What a list of steps comes to, for the step around it. Null when none of its steps has completed. */
export function valueOf({ last }: StepList): Json {
  return (last && outputOf(last)) ?? null;
}

/** What the lists of a step come to. */
export function valuesOf(step: StepState): Json[] {
  const lists = step.inside.lists!;
  needOutputs(lists.flatMap(({ last }) => last ?? []));
  return lists.map(valueOf);
}

export function itemsOf({ inside: { items, sealedItems } }: StepState): readonly Json[] {
  return sealedItems ? sealedItems.open() : items!;
}

/** The signal that a wait step waits for. */
export function signalOf(step: StepState): string {
  if (step.sealedSignal) {
    step.row.detail.signal = step.sealedSignal.open().signal;
    step.sealedSignal = null;
  }
  return step.row.detail.signal!;
}

export function inputsOf(run: RunState): JsonObject {
  if (run.sealedParams) {
    const { inputs, given } = effectiveInputs(run.plan, run.sealedParams.open());
    run.inputs = inputs;
    run.given = given;
    run.sealedParams = null;
  }
  return run.inputs;
}

/** The accumulated data of the run's context. */
export function contextDataOf(run: RunState): JsonObject {
  if (run.sealedContext) {
    run.contextData = run.sealedContext.open();
    run.contextShared = true;
    run.contextSizes = null;
    run.sealedContext = null;
  }
  return run.contextData;
}
