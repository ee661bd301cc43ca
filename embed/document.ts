// What a program gets that takes all its variables as one document.

import { setOwn } from "../core/copy.ts";
import { isObject, type Json, type JsonObject } from "../core/json.ts";
import type { CelScope, StepView } from "./cel/scope.ts";
import { type Members, membersOf, type Reads } from "./reads.ts";

/** `{steps, inputs, workflow, context}`, in a loop also `loop` and `iter`: those that are read. */
export function documentOf(
  scope: CelScope,
  reads: Reads,
  of: { steps(members: Members): JsonObject; inputs(members: Members): JsonObject },
): JsonObject {
  const document: JsonObject = {};
  const steps = membersOf(reads, "steps");
  if (steps) document.steps = of.steps(steps);
  const inputs = membersOf(reads, "inputs");
  if (inputs) document.inputs = of.inputs(inputs);
  if (membersOf(reads, "workflow")) document.workflow = scope.workflow;
  const context = membersOf(reads, "context");
  if (context) document.context = contextOf(scope, context);
  const { loop } = scope;
  if (!loop) return document;
  if (membersOf(reads, "loop")) document.loop = { ...loop };
  if (membersOf(reads, "iter")) document.iter = { ...loop };
  return document;
}

function contextOf(scope: CelScope, members: Members): JsonObject {
  if (members === "all") return scope.keptContext?.() ?? scope.context;
  const { context } = scope;
  const read: JsonObject = {};
  for (const name of members) if (Object.hasOwn(context, name)) setOwn(read, name, context[name]!);
  return read;
}

/** The steps in sight, or those of them that are among the members. */
export function* visibleSteps(
  scope: CelScope,
  source: string,
  members: Members = "all",
): Generator<[id: string, step: StepView]> {
  for (const id of members === "all" ? scope.stepIds() : members) {
    if (!isVisible(id, source)) continue;
    const step = scope.step(id);
    if (step !== undefined) yield [id, step];
  }
}

/** A step inside another is in sight under its full id if the source names that. */
export function isVisible(id: string, source: string): boolean {
  return !id.includes(".") || source.includes(id);
}

/**
 * A step is its output, with `output`, the whole of it, and `status` as members that are there if
 * `source` names them; of a field of the output that has one of these names `status` gives way,
 * `output` does not. An output that is no object has no members: it is one unless `source` asks for
 * this step's `output` or `status` by name.
 */
export function stepValue(
  id: string,
  { status, output }: Pick<StepView, "status" | "output">,
  source: string,
): Json {
  if (output !== undefined && !isObject(output)) {
    return asksForMember(source, id) ? { status, output } : output;
  }
  return {
    ...(source.includes("status") && { status }),
    ...output,
    ...(source.includes("output") && { output: output ?? null }),
  };
}

/** Whether a source has `x.output`, `["x"].status`, `['x']?.output` or the like, for the id x. */
function asksForMember(source: string, id: string): boolean {
  for (let at = source.indexOf(id); at >= 0; at = source.indexOf(id, at + 1)) {
    const after = source.slice(at + id.length, at + id.length + 40);
    if (
      /^(?:["']\s*\])?\s*\??\s*(?:\.\s*(?:output|status)\b|\[\s*["'](?:output|status)["'])/.test(
        after,
      )
    ) {
      return true;
    }
  }
  return false;
}
