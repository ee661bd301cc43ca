// What a simulated action does: a pure function of its params and the number of the attempt.

import type { ErrorCode } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";

/** The simulated actions, and what they touch. */
export const SIM_ACTIONS = {
  "sim.pure": { effects: "none", repeatable: false },
  "sim.external": { effects: "external", repeatable: false },
  "sim.repeatable": { effects: "external", repeatable: true },
} as const;

export type SimActionName = keyof typeof SIM_ACTIONS;

export function isSimAction(name: string): name is SimActionName {
  return Object.hasOwn(SIM_ACTIONS, name);
}

export interface SimParams extends JsonObject {
  id: string;
  /** `ok`, `fail`, `fail_hard`, `flaky:N`, `slow:MS` or `hang`. */
  behave: string;
}

export type SimOutcome =
  /** The action answers after so many ms. */
  | { kind: "result"; afterMs: number; output: JsonObject }
  | { kind: "error"; code: ErrorCode; message: string }
  /** It ends only when it is aborted. */
  | { kind: "hang" };

/**
 * `ok` and `slow:MS` answer `{id, attempt, value}`, `flaky:N` from attempt N + 1 on. Before that it
 * fails as `fail` does: EXECUTION_ERROR, which a policy retries. `fail_hard` is VALIDATION_ERROR.
 */
export function simOutcome(params: JsonObject, attempt: number): SimOutcome {
  const { id, behave, value = null } = params as SimParams & { value?: Json };
  const [manner, amount = "0"] = behave.split(":") as [string, string?];
  const failure = (code: ErrorCode): SimOutcome => ({
    kind: "error",
    code,
    message: `${id} fails as ${behave} at attempt ${attempt}`,
  });
  const result = (afterMs: number): SimOutcome => ({
    kind: "result",
    afterMs,
    output: { id, attempt, value },
  });
  switch (manner) {
    case "ok":
      return result(0);
    case "slow":
      return result(Number(amount));
    case "flaky":
      return attempt <= Number(amount) ? failure("EXECUTION_ERROR") : result(0);
    case "fail":
      return failure("EXECUTION_ERROR");
    case "fail_hard":
      return failure("VALIDATION_ERROR");
    case "hang":
      return { kind: "hang" };
    default:
      throw new Error(`no behaviour "${behave}"`);
  }
}
