// What a jq program gets for its input.

import { setOwn } from "../../core/copy.ts";
import { OpcodeError } from "../../core/errors.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { CelScope, StepView } from "../cel/scope.ts";

/**
 * `{steps, inputs, workflow, context}`, in a loop also `loop` and `iter`. A step is its output, with
 * `output` and `status` as members of it that the program sees if it names them and the output has
 * none of its own. A step inside another is there under its full id if the program names that.
 */
export function jqDocument(scope: CelScope, source: string): JsonObject {
  const steps: JsonObject = {};
  for (const id of scope.stepIds()) {
    if (id.includes(".") && !source.includes(id)) continue;
    const value = stepValue(scope, id, source);
    if (value !== undefined) setOwn(steps, id, value);
  }
  const inputs: JsonObject = {};
  for (const name of scope.inputNames()) setOwn(inputs, name, scope.input(name) ?? null);
  const { workflow, context, loop } = scope;
  return {
    steps,
    inputs,
    workflow,
    context,
    ...(loop && { loop: { ...loop }, iter: { ...loop } }),
  };
}

function stepValue(scope: CelScope, id: string, source: string): Json | undefined {
  const view = scope.step(id);
  if (view === undefined) return undefined;
  const { status } = view;
  const output = outputOf(view, source.includes(id));
  if (output !== undefined && !isObject(output)) return output;
  return {
    ...(source.includes("status") && { status }),
    ...(source.includes("output") && { output: output ?? null }),
    ...output,
  };
}

/** An output that cannot be opened matters only to a program that names its step. */
function outputOf(view: StepView, isNamed: boolean): Json | undefined {
  try {
    return view.output;
  } catch (thrown) {
    if (isNamed || !(thrown instanceof OpcodeError)) throw thrown;
    return null;
  }
}
