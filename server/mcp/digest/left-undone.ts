// What the steps of a run did not do that have completed, for who reads no outputs for it.

import { isObject, type Json, type JsonObject } from "../../../core/json.ts";
import { cut } from "../../../core/text.ts";
import type { StepReport } from "../../../engine/api.ts";
import { leftUndone } from "../../../engine/verbs/left-undone.ts";

/** Steps that are told, and characters of each line. */
const MOST_TOLD = 5;
const LONGEST = 300;

/** The reply with `left_undone`, a line for each such step; as it is when there is none. */
export function withLeftUndone(reply: JsonObject): JsonObject {
  if (!isObject(reply.steps ?? null)) return reply;
  const lines: string[] = [];
  for (const [id, step] of Object.entries(reply.steps as JsonObject)) {
    const said = leftUndone(step as unknown as StepReport);
    if (said === undefined || isPlainIf(step)) continue;
    lines.push(cut(`${id}: ${said}`, LONGEST));
    if (lines.length === MOST_TOLD) break;
  }
  return lines.length === 0 ? reply : { ...reply, left_undone: lines };
}

/** A condition that was true or false, and has one branch because there is nothing else to do. */
function isPlainIf(step: Json): boolean {
  const { output = null } = step as JsonObject;
  return isObject(output) && (output.branch === "true" || output.branch === "false");
}
