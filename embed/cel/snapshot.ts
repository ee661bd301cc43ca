// A scope as JSON, for an evaluation in another thread, and that JSON as a scope again.

import { type ErrorObject, OpcodeError } from "../../core/errors.ts";
import { NotYet } from "../../core/expression.ts";
import { setOwn } from "../../core/copy.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { CelScope, LoopView, StepView } from "./scope.ts";

/** What a source reads: names, or all that there are. */
export interface Reads {
  steps: ReadonlySet<string> | "all";
  inputs: ReadonlySet<string> | "all";
}

/** What was read, or why it cannot be: the expression may do without it. */
type Reading<T> = { value: T } | { error: ErrorObject };

interface Snapshot {
  steps: Record<string, Reading<StepView>>;
  inputs: Record<string, Reading<Json>>;
  context: Reading<JsonObject>;
  workflow: JsonObject;
  loop?: LoopView;
}

/** Copies references, no values: the snapshot is to be written as text at once. */
export function snapshotOf(scope: CelScope, reads: Reads): Json {
  const { workflow, loop } = scope;
  const steps: JsonObject = {};
  for (const id of reads.steps === "all" ? scope.stepIds() : reads.steps) {
    const view = scope.step(id);
    if (view) setOwn(steps, id, read(() => ({ ...view })) as unknown as Json);
  }
  const inputs: JsonObject = {};
  for (const name of reads.inputs === "all" ? scope.inputNames() : reads.inputs) {
    const reading = read(() => scope.input(name));
    if ("error" in reading || reading.value !== undefined) {
      setOwn(inputs, name, reading as unknown as Json);
    }
  }
  const context = read(() => scope.keptContext?.() ?? scope.context) as unknown as Json;
  return { steps, inputs, context, workflow, ...(loop && { loop: { ...loop } }) };
}

function read<T>(value: () => T): Reading<T> {
  try {
    return { value: value() };
  } catch (thrown) {
    if (thrown instanceof NotYet || !(thrown instanceof OpcodeError)) throw thrown;
    return { error: thrown.toJSON() };
  }
}

/** The scope that `text` is the snapshot of, as JSON. */
export function scopeFrom(text: string): CelScope {
  const { steps, inputs, context, workflow, loop } = parseJson(text) as Snapshot;
  return {
    workflow,
    loop,
    get context() {
      return valueOf(context);
    },
    step: (id) => Object.hasOwn(steps, id) ? valueOf(steps[id]!) : undefined,
    stepIds: () => Object.keys(steps),
    input: (name) => Object.hasOwn(inputs, name) ? valueOf(inputs[name]!) : undefined,
    inputNames: () => Object.keys(inputs),
  };
}

function valueOf<T>(reading: Reading<T>): T {
  if ("value" in reading) return reading.value;
  const { code, message, details } = reading.error;
  throw new OpcodeError(code, message, details && { details });
}
