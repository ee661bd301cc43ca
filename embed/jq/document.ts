// What a jq program gets for its input.

import { setOwn } from "../../core/copy.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { CelScope, StepView } from "../cel/scope.ts";
import { documentOf, stepValue, visibleSteps } from "../document.ts";
import { readsOfJq } from "./reads.ts";

/** The document, as far as the program may read it, read at once: it leaves this thread. */
export function jqDocument(scope: CelScope, source: string): JsonObject {
  return documentOf(scope, readsOfJq(source), {
    steps(members) {
      const steps: JsonObject = {};
      for (const [id, step] of visibleSteps(scope, source, members)) {
        const output = outputOf(step, source.includes(id));
        setOwn(steps, id, stepValue(id, { status: step.status, output }, source));
      }
      return steps;
    },
    inputs(members) {
      const inputs: JsonObject = {};
      for (const name of members === "all" ? scope.inputNames() : members) {
        const value = scope.input(name);
        if (value !== undefined) setOwn(inputs, name, value);
      }
      return inputs;
    },
  });
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
