// How a run that has failed can go on: what can be done, and the command for it.

import type { ErrorObject } from "../core/errors.ts";
import { hint } from "./hint.ts";
import { short } from "./short-id.ts";

/** Empty when the run has not failed, or no step of it did. */
export function nextLines(run: {
  workflow_id: string;
  status: string;
  error?: ErrorObject | undefined;
}): string[] {
  const step = run.error?.step_id;
  if (run.status !== "failed" || step === undefined) return [];
  const id = short(run.workflow_id);
  return [
    "the step again, once what failed outside is mended:",
    `  ${hint("signal", id, "retry", "--step", step)}`,
    "without the step, whose output is null then:",
    `  ${hint("signal", id, "skip", "--step", step)}`,
    ...forkLines(id, step),
  ];
}

/** How a new run begins from the step, with what those before it have come to. */
export function forkLines(id: string, step: string): string[] {
  return [
    "a new run from there, with other parameters or a new version:",
    // Only steps of the plan itself can be begun from.
    `  ${hint("run", "--from-run", id, "--from-step", step.split(".")[0]!)}`,
  ];
}
