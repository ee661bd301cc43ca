// What a program gets that takes all its variables as one document.

import { isObject, type Json, type JsonObject } from "../core/json.ts";
import type { CelScope, StepView } from "./cel/scope.ts";

/** `{steps, inputs, workflow, context}`, in a loop also `loop` and `iter`. */
export function documentOf(
  { workflow, context, loop }: CelScope,
  { steps, inputs }: { steps: JsonObject; inputs: JsonObject },
): JsonObject {
  return {
    steps,
    inputs,
    workflow,
    context,
    ...(loop && { loop: { ...loop }, iter: { ...loop } }),
  };
}

/** The steps in sight; one inside another is there under its full id if `source` names that. */
export function* visibleSteps(
  scope: CelScope,
  source: string,
): Generator<[id: string, step: StepView]> {
  for (const id of scope.stepIds()) {
    if (id.includes(".") && !source.includes(id)) continue;
    const step = scope.step(id);
    if (step !== undefined) yield [id, step];
  }
}

/**
 * A step is its output, with `output` and `status` as members of it that are there if `source` names
 * them and the output has none of its own.
 */
export function stepValue(
  { status, output }: Pick<StepView, "status" | "output">,
  source: string,
): Json {
  if (output !== undefined && !isObject(output)) return output;
  return {
    ...(source.includes("status") && { status }),
    ...(source.includes("output") && { output: output ?? null }),
    ...output,
  };
}
