// A scope as JSON, for an evaluation in another thread, and that JSON as a scope again.

import { type ErrorObject, OpcodeError } from "../../core/errors.ts";
import { Elsewhere } from "../../core/expression.ts";
import { setOwn } from "../../core/copy.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { CelScope, LoopView, StepView } from "./scope.ts";

/** What a source reads: names, or all that there are. */
export interface Reads {
  steps: ReadonlySet<string> | "all";
  inputs: ReadonlySet<string> | "all";
}

interface Snapshot {
  steps: Record<string, StepView>;
  inputs: JsonObject;
  /** Inputs that have no value because their own expressions fail. */
  failed: Record<string, ErrorObject>;
  workflow: JsonObject;
  context: JsonObject;
  loop?: LoopView;
}

/** Copies references, no values: the snapshot is to be written as text at once. */
export function snapshotOf(scope: CelScope, reads: Reads): Json {
  const { workflow, context, loop } = scope;
  const snapshot: Snapshot = {
    steps: {},
    inputs: {},
    failed: {},
    workflow,
    context,
    ...(loop && { loop }),
  };
  for (const id of reads.steps === "all" ? scope.stepIds() : reads.steps) {
    const view = scope.step(id);
    if (view) setOwn(snapshot.steps as unknown as JsonObject, id, view as unknown as Json);
  }
  for (const name of reads.inputs === "all" ? scope.inputNames() : reads.inputs) {
    addInput(snapshot, name, scope);
  }
  return snapshot as unknown as Json;
}

function addInput({ inputs, failed }: Snapshot, name: string, scope: CelScope): void {
  try {
    const value = scope.input(name);
    if (value !== undefined) setOwn(inputs, name, value);
  } catch (thrown) {
    if (thrown instanceof Elsewhere || !(thrown instanceof OpcodeError)) throw thrown;
    // The expression may do without it.
    setOwn(failed as unknown as JsonObject, name, thrown.toJSON() as unknown as Json);
  }
}

/** The scope that `text` is the snapshot of, as JSON. */
export function scopeFrom(text: string): CelScope {
  const { steps, inputs, failed, ...rest } = JSON.parse(text) as Snapshot;
  return {
    ...rest,
    step: (id) => Object.hasOwn(steps, id) ? steps[id] : undefined,
    stepIds: () => Object.keys(steps),
    input(name) {
      if (Object.hasOwn(failed, name)) {
        const { code, message, details } = failed[name]!;
        throw new OpcodeError(code, message, details && { details });
      }
      return Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    },
    inputNames: () => [...Object.keys(inputs), ...Object.keys(failed)],
  };
}
