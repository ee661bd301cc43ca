// How a run that has failed can go on: what can be done, and the command for it.

import type { ErrorObject } from "../core/errors.ts";
import { remedyOf } from "../core/remedy.ts";
import { hint } from "./hint.ts";
import { short } from "./short-id.ts";

/** Empty when the run has not failed, or no step of it did. */
export function nextLines(run: {
  workflow_id: string;
  status: string;
  error?: ErrorObject | undefined;
}): string[] {
  const { error } = run;
  if (run.status !== "failed" || error?.step_id === undefined) return [];
  const step = error.step_id;
  const id = short(run.workflow_id);
  return [
    ...againLines(error, `  ${hint("signal", id, "retry", "--step", step)}`),
    "without the step, whose output is null then:",
    `  ${hint("signal", id, "skip", "--step", step)}`,
    ...forkLines(id, step),
  ];
}

/** How the step itself can end otherwise, by what it failed of. */
function againLines(error: ErrorObject, retry: string): string[] {
  const remedy = remedyOf(error);
  switch (remedy.kind) {
    case "unlock":
      return ["unlock the vault, then the step again:", `  ${hint("secret", "unlock")}`, retry];
    case "secret":
      return [
        "store the secret, then the step again:",
        `  ${hint("secret", "set", remedy.name)}`,
        retry,
      ];
    case "change":
      return ["the step again would fail alike: its params or the definition have to change"];
    case "time":
      return ["the step again, if it was slow only once; else define a longer timeout:", retry];
    case "outside":
      return ["the step again, once what failed outside is mended:", retry];
  }
}

/** How a new run begins from the step, with what those before it have come to. */
export function forkLines(id: string, step: string): string[] {
  return [
    "a new run from there; --param NAME=VALUE or --version VERSION change it:",
    // Only steps of the plan itself can be begun from.
    `  ${hint("run", "--from-run", id, "--from-step", step.split(".")[0]!)}`,
  ];
}
