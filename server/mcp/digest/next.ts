// What an agent can do about a run that has failed, by what it failed of.

import { formatDuration } from "../../../core/duration.ts";
import type { ErrorObject } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import { remedyOf, stepOfFailure, topLevelOf } from "../../../core/remedy.ts";
import { cut, quoted } from "../../../core/text.ts";
import { waysToSet } from "../../settings/keys.ts";

/** Characters of a name in the advice. */
const MOST_NAMED = 200;

/** The reply with `next`, one sentence; as it is when the run has not failed. */
export function withNext(reply: JsonObject): JsonObject {
  const error = reply.error as ErrorObject | undefined;
  if (reply.status !== "failed" || error === undefined) return reply;
  return { ...reply, next: nextOf(error, stepOfFailure(error), Object.keys(reply.steps ?? {})) };
}

function nextOf(error: ErrorObject, step: string | undefined, ids: string[]): string {
  const begin = step === undefined ? "ID" : cut(topLevelOf(step, ids), MOST_NAMED);
  const from = `opcode.run from_run, from_step ${begin}`;
  // A run that goes on from another has that one's version, unless it asks for the latest.
  const defined = `${from}, version latest`;
  const either = `${from} (version latest, if you define it anew)`;
  const retry = step === undefined ? from : `opcode.signal retry, step_id ${cut(step, MOST_NAMED)}`;
  const remedy = remedyOf(error);
  switch (remedy.kind) {
    case "unlock":
      return `${unlockOf(remedy.store)}; then ${retry}.`;
    case "secret":
      return `A person stores the secret (opcode secret set ${named(remedy.name)}); then ${retry}.`;
    case "setting": {
      const others = remedy.shared ? ", or other runs end" : "";
      return `A person changes the setting ${named(remedy.name)}${howSet(remedy.name)}${others}; ` +
        `then ${retry}. Or change params or definition: ${either}.`;
    }
    case "right":
      return `A person changes agents.${
        named(remedy.agent)
      }.${remedy.right} in settings.json and ` +
        `starts the daemon again; then ${retry}. Or change params or definition: ${either}.`;
    case "wait":
      return `At the earliest ${formatDuration(remedy.ms)} after it failed: ${retry}.`;
    case "template":
      return `Define the template ${
        named(remedy.name)
      }, then ${retry}; or name another: ${either}.`;
    case "request":
      return `The server answers this request with ${remedy.status}: change the params, then ` +
        `${either}; only if the server has changed: ${retry}.`;
    case "child":
      return `opcode.status of ${remedy.id}, the run that it started, says what has to change; ` +
        `then ${retry}.`;
    case "loop":
      return remedy.fixed
        ? `A retry would be cut alike: define a larger max_iter, then ${defined}.`
        : `If as many iterations may do then: ${retry}; else define a larger max_iter, then ${defined}.`;
    case "decision":
      return `To ask anew: ${retry}; else define a fallback or a longer timeout, then ${defined}.`;
    case "change":
      return step === undefined
        ? `Change params or definition, then ${either}.`
        : `A retry would fail alike: change params or definition, then ${either}.`;
    case "expression":
      return `A retry would fail alike: mend the expression ${
        quoted(remedy.source, MOST_NAMED)
      } (opcode.define), then ${defined}; or give it other params: ${from}.`;
    case "time":
      return remedy.of === "step"
        ? `If it was slow only once: ${retry}; else define a longer timeout, then ${defined}.`
        : `With all of the workflow's timeout anew: ${retry}; if that is too short define a longer ` +
          `one, then ${defined}.`;
    case "outside":
      return step === undefined
        ? `Once what failed outside is mended, or with other params or definition: ${either}.`
        : `Once what failed outside is mended: ${retry}; if params or definition are wrong: ${either}.`;
  }
}

/** `secret`: one that is not stored either. */
function unlockOf(secret: string | undefined): string {
  const unlock = "A person unlocks the vault (opcode secret unlock)";
  return secret === undefined
    ? unlock
    : `${unlock} and stores the secret (opcode secret set ${named(secret)})`;
}

function named(name: string): string {
  return cut(name, MOST_NAMED);
}

/** ` (how a person gives the daemon the setting)`. */
function howSet(name: string): string {
  const ways = waysToSet(name);
  if (!ways) return "";
  return ` (opcode serve ${ways.flag} VALUE, ${ways.variable} or settings.json) and ` +
    "starts the daemon again";
}
