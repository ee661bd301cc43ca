// The simulated actions at work: calls with latencies, which end, hang, and obey aborts or do not.

import type { Action, ActionContext } from "../../../actions/action.ts";
import { OpcodeError } from "../../../core/errors.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import type { Draw } from "../../support/generate/values.ts";
import type { Call } from "../check/evidence.ts";
import { SIM_ACTIONS, type SimOutcome, simOutcome } from "../outcome.ts";
import type { Life, Scheduler } from "./scheduler.ts";

export interface ActionsOptions {
  scheduler: Scheduler;
  life: Life;
  draw: Draw;
  /** All calls of all processes, in their order. */
  calls: Pick<Call[], "push">;
  trace(line: string): void;
}

/** The actions that a process has; what it calls ends with it. */
export function simActions(options: ActionsOptions): Action[] {
  return Object.entries(SIM_ACTIONS).map(([name, { effects, repeatable }]) => ({
    name,
    description: "A simulated action.",
    effects,
    repeatable,
    input: { type: "object" },
    output: {},
    execute: effects === "none"
      ? (params, context) => pure(options, simOutcome(params, context.attempt))
      : (params, context) => call(options, params, context),
  }));
}

function answer(outcome: SimOutcome): Json {
  if (outcome.kind === "result") return outcome.output;
  if (outcome.kind === "error") throw new OpcodeError(outcome.code, outcome.message);
  throw new Error("only an action with effects outside may hang");
}

/** Without effects: mostly done at once, sometimes in a later turn. */
function pure(
  { scheduler, life, draw }: ActionsOptions,
  outcome: SimOutcome,
): Json | Promise<Json> {
  if (draw.chance(0.9)) return answer(outcome);
  return new Promise((resolve, reject) => {
    scheduler.post("outside", life, () => {
      try {
        resolve(answer(outcome));
      } catch (thrown) {
        reject(thrown);
      }
    });
  });
}

function call(
  { scheduler, life, draw, calls, trace }: ActionsOptions,
  params: JsonObject,
  context: ActionContext,
): Promise<Json> {
  const outcome = simOutcome(params, context.attempt);
  const made: Call = {
    key: context.idempotencyKey,
    stepId: context.stepId,
    attempt: context.attempt,
    ended: "open",
  };
  calls.push(made);
  trace(`call ${made.key}: ${params.behave}`);
  return new Promise((resolve, reject) => {
    const end = () => {
      if (made.ended === "open") made.ended = "result";
      try {
        resolve(answer(outcome));
      } catch (thrown) {
        reject(thrown);
      }
    };
    if (outcome.kind !== "hang") {
      const ms = outcome.kind === "result" ? outcome.afterMs : 0;
      if (ms === 0) scheduler.post("outside", life, end);
      else scheduler.work(ms, life, end);
    }
    context.signal.addEventListener("abort", () => {
      if (made.ended !== "open") return;
      made.ended = "aborted";
      trace(`aborted ${made.key}`);
      // Some obey at once, some a little later, some not at all.
      const manner = draw.int(0, 3);
      const obey = () => reject(context.signal.reason);
      if (manner <= 1) scheduler.post("outside", life, obey);
      else if (manner === 2) scheduler.work(draw.int(1, 9_000), life, obey);
    });
  });
}
