// What a jq program gets for its input.

import { setOwn } from "../../core/copy.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { CelScope, StepView } from "../cel/scope.ts";
import { documentOf, stepValue, visibleSteps } from "../document.ts";

/** The document, read at once: it leaves this thread. */
export function jqDocument(scope: CelScope, source: string): JsonObject {
  const steps: JsonObject = {};
  for (const [id, step] of visibleSteps(scope, source)) {
    const output = outputOf(step, source.includes(id));
    setOwn(steps, id, stepValue(id, { status: step.status, output }, source));
  }
  const inputs: JsonObject = {};
  for (const name of scope.inputNames()) setOwn(inputs, name, scope.input(name) ?? null);
  return documentOf(scope, "all", { steps: () => steps, inputs: () => inputs });
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
