// What an agent can do about a run that has failed, by what it failed of.

import type { ErrorObject } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import { remedyOf } from "../../../core/remedy.ts";
import { cut } from "../../../core/text.ts";

/** Characters of a name in the advice. */
const MOST_NAMED = 200;

/** The reply with `next`, one sentence; as it is when the run has not failed, or no step of it did. */
export function withNext(reply: JsonObject): JsonObject {
  const error = reply.error as ErrorObject | undefined;
  if (reply.status !== "failed" || error?.step_id === undefined) return reply;
  return { ...reply, next: nextOf(error, error.step_id) };
}

function nextOf(error: ErrorObject, step: string): string {
  const retry = `opcode.signal retry, step_id ${cut(step, MOST_NAMED)}`;
  // Only steps of the plan itself can be begun from.
  const from = `opcode.run from_run, from_step ${cut(step.split(".")[0]!, MOST_NAMED)}`;
  const remedy = remedyOf(error);
  switch (remedy.kind) {
    case "unlock":
      return `A person unlocks the vault (opcode secret unlock); then ${retry}.`;
    case "secret": {
      const name = cut(remedy.name, MOST_NAMED);
      return `A person stores the secret (opcode secret set ${name}); then ${retry}.`;
    }
    case "change":
      return `A retry would fail alike: change params or definition, then ${from}.`;
    case "time":
      return `If it was slow only once: ${retry}; else define a longer timeout, then ${from}.`;
    case "outside":
      return `Once what failed outside is mended: ${retry}; if params or definition are wrong: ${from}.`;
  }
}
