// How a ready step begins: guard, params, and then at once, after the barrier, or as a child.

import { OpcodeError, toErrorObject } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { resolve } from "../interpolate/resolve.ts";
import { Attempt } from "./attempt.ts";
import { requestChild } from "./child.ts";
import { stepScope } from "./scope.ts";
import { completeStep, failStep, skipStep } from "./settle.ts";
import { setBusy, type StepState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Starts the step, or queues it for admission if it is external. */
export function startStep(turn: Turn, step: StepState): void {
  const { plan } = step;
  if (step.status === "pending" && !passesGuard(turn, step)) return;
  const external = plan.action?.effects === "external";
  if (!external) return begin(turn, step);
  const slot = turn.env.slots.request(
    turn.run.row.id,
    () => turn.post({ kind: "admitted", step }),
  );
  step.slot = slot;
  if (slot.state === "admitted") begin(turn, step);
  else setBusy(turn.run, step, "queued");
}

/** Whether the guard lets the step run; otherwise it is skipped, or failed if the guard fails. */
function passesGuard(turn: Turn, step: StepState): boolean {
  const { guard, guardSource } = step.plan;
  if (!guard) return true;
  let answer: boolean;
  try {
    answer = guard.evaluateBoolean(stepScope(turn.run));
  } catch (thrown) {
    noteStart(turn, step);
    // A guard is no attempt: what it says of the same data does not change by asking again.
    failStep(turn, step, toErrorObject(thrown), { final: true });
    return false;
  }
  if (!answer) skipStep(turn, step, "condition_false", { condition: guardSource });
  return answer;
}

/** Starts an attempt of a step whose turn it is; external ones only go on after the commit. */
export function begin(turn: Turn, step: StepState): void {
  const { plan } = step;
  noteStart(turn, step);
  let params: JsonObject;
  try {
    if (!plan.action) {
      throw new OpcodeError(
        "ACTION_UNAVAILABLE",
        `action "${plan.actionName}" is not available`,
        { details: { action: plan.actionName, retryable: false } },
      );
    }
    params = plan.prepare(resolve(plan.params, stepScope(turn.run)));
  } catch (thrown) {
    return failStep(turn, step, toErrorObject(thrown));
  }
  const attempt = new Attempt(turn.env, turn.run, step, params, turn.post);
  step.attemptInFlight = attempt;
  setBusy(turn.run, step, "flying");
  if (plan.action.child) return requestChild(turn, attempt);
  if (plan.action.effects === "external") {
    turn.afterCommit.push(() => attempt.live && attempt.launch());
    return;
  }
  const result = attempt.execute();
  if (result === null) return;
  if (result.ok) completeStep(turn, step, result.output, attempt.records);
  else failStep(turn, step, result.error, { forced: result.forced });
}

function noteStart(turn: Turn, step: StepState): void {
  step.status = "running";
  step.attempt++;
  step.startedAt ??= turn.now;
  step.dueAt = null;
  turn.event("step_started", step.plan.id, `{"attempt":${step.attempt}}`);
  turn.changed(step);
}
