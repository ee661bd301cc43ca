// What a step that has completed did not do, which its status does not say.

import { isObject, type Json } from "../../core/json.ts";
import type { StepReport } from "../api.ts";

/**
 * Of a loop that `max_iter` has cut, and of a condition without a branch for its value. `shown`: how
 * that value is written.
 */
export function leftUndone(
  { status, output, exhausted_after }: Pick<StepReport, "status" | "exhausted_after"> & {
    output?: Json | undefined;
  },
  shown: (value: string) => string = (value) => value,
): string | undefined {
  if (status !== "completed") return undefined;
  const iterations = exhausted_after ?? exhaustedAfter(output);
  if (iterations !== undefined) {
    const times = iterations === 1 ? "1 iteration" : `${iterations} iterations`;
    return `stopped by max_iter after ${times}, more was to do`;
  }
  const isBranchless = isObject(output ?? null) &&
    (output as { skipped?: Json }).skipped === true &&
    Object.keys(output as object).sort().join() === "branch,skipped";
  return isBranchless
    ? `no branch was taken, there is none for ${shown(String((output as { branch: Json }).branch))}`
    : undefined;
}

function exhaustedAfter(output: Json | undefined): number | undefined {
  if (!isObject(output ?? null)) return undefined;
  const { iterations, results, exhausted } = output as Record<string, Json>;
  const isCut = exhausted === true && typeof iterations === "number" && Array.isArray(results);
  return isCut ? iterations : undefined;
}
