// The scope that the interpolation tests resolve against.

import { OpcodeError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { LoopView, Scope, StepView } from "../../../engine/interpolate/scope.ts";

export interface ScopeParts {
  steps?: Record<string, StepView>;
  inputs?: JsonObject;
  workflow?: JsonObject;
  context?: JsonObject;
  loop?: LoopView;
  secrets?: Record<string, string>;
}

export function createScope(parts: ScopeParts): Scope {
  const { steps = {}, inputs = {}, secrets = {} } = parts;
  return {
    step: (id) => Object.hasOwn(steps, id) ? steps[id] : undefined,
    stepIds: () => Object.keys(steps),
    input: (name) => Object.hasOwn(inputs, name) ? inputs[name] : undefined,
    inputNames: () => Object.keys(inputs),
    workflow: parts.workflow ?? {},
    context: parts.context ?? {},
    loop: parts.loop,
    secret(name) {
      if (Object.hasOwn(secrets, name)) return secrets[name]!;
      throw new OpcodeError("VAULT_ERROR", `no vault for secret "${name}"`);
    },
  };
}

/** A completed step with this output. */
export function completed(output: StepView["output"]): StepView {
  return { status: "completed", output };
}
