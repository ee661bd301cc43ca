// How a run that has failed can go on: the commands, as they are to be typed.

import type { ErrorObject } from "../core/errors.ts";
import { visible } from "./print.ts";
import { quoted } from "./waits.ts";

/** Empty when the run has not failed, or no step of it did. */
export function nextLines(run: {
  workflow_id: string;
  status: string;
  error?: ErrorObject | undefined;
}): string[] {
  const step = run.error?.step_id;
  if (run.status !== "failed" || step === undefined) return [];
  const id = run.workflow_id;
  // Only steps of the plan itself can be begun from.
  const from = step.split(".")[0]!;
  return [
    `once what failed outside is mended: opcode signal ${id} retry --step ${quoted(visible(step))}`,
    `with other parameters or a new version: opcode run --from-run ${id} --from-step ${
      quoted(visible(from))
    }`,
  ];
}
