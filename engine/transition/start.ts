// How a ready step begins: guard, params, and then at once, after the barrier, or as a child.

import { OpcodeError, toErrorObject } from "../../core/errors.ts";
import { NotYet } from "../../core/expression.ts";
import type { JsonObject } from "../../core/json.ts";
import { working } from "../../core/working.ts";
import { resolve } from "../interpolate/resolve.ts";
import { unpin } from "../memory/absent.ts";
import { Attempt } from "../calls/attempt.ts";
import { budgetError } from "../memory/budgets.ts";
import { requestChild } from "./child.ts";
import { circuitOf } from "../calls/circuit.ts";
import { withCause } from "../state/null-params.ts";
import { park } from "./park.ts";
import { needVisible, scopeFor } from "../state/scope.ts";
import { noteStart } from "./note-start.ts";
import { awaitProbe, failStep, isRetry } from "./fail.ts";
import { completeStep, skipStep } from "./settle.ts";
import { isUnderWay, partyOf, setBusy, type StepState } from "../state/state.ts";
import { armTimeout } from "./step-timeout.ts";
import type { Turn } from "./turn.ts";
import { stepTypeOf } from "../steps/type.ts";

/** Starts the step, or queues it for admission if it is external. */
export function startStep(turn: Turn, step: StepState): void {
  const { plan } = step;
  working(turn, step.id);
  const refusal = refusalOf(turn, step);
  if (refusal) {
    if (!isUnderWay(step)) noteStart(turn, step);
    return failStep(turn, step, refusal.toJSON());
  }
  if (step.row.status === "pending" && !passesGuard(turn, step)) return;
  if (plan.type && (step.row.status === "running" || (step.inside.lists && isUnderWay(step)))) {
    // The rest of a loop's iterations, left by a turn that was full; or outputs came that it needs.
    setBusy(turn.run, step, "");
    return turn.agenda.add({ kind: "step_goes_on", step });
  }
  const external = plan.action?.effects === "external";
  if (!external) return begin(turn, step);
  const { post } = turn;
  const slot = turn.env.slots.request(
    partyOf(turn.run),
    () => post({ kind: "admitted", step }),
  );
  step.live.slot = slot;
  if (slot.state === "admitted") begin(turn, step);
  else {
    // Who has the slots may wait for room: what the guard read does not wait for them.
    unpin(step);
    setBusy(turn.run, step, "queued");
  }
}

/** The budget that keeps the run from going on. */
function refusalOf({ run, env: { budgets } }: Turn, step: StepState): OpcodeError | null {
  const { runSteps: limit } = budgets.limits;
  if (run.executed >= limit) return budgetError({ budget: "steps", limit, used: run.executed });
  // There was room for what it reads, and its start is what lets go of that.
  return step.live.pins === null ? budgets.check(run.share) : null;
}

/** Whether the guard lets the step run; otherwise it is skipped, or failed if the guard fails. */
function passesGuard(turn: Turn, step: StepState): boolean {
  const { guard, guardSource } = step.plan;
  if (!guard) return true;
  let answer: boolean;
  try {
    answer = guard.evaluateBoolean(scopeFor(turn.run, step));
  } catch (thrown) {
    if (thrown instanceof NotYet) {
      park(turn, step, thrown);
      return false;
    }
    noteStart(turn, step);
    // A guard is no attempt: what it says of the same data does not change by asking again.
    failStep(turn, step, toErrorObject(thrown), { final: true });
    return false;
  }
  if (!answer) skipStep(turn, step, "condition_false", { condition: guardSource });
  return answer;
}

/** The step has got its slot, unless it was given up since it asked. */
export function takeAdmitted(turn: Turn, step: StepState): void {
  if (step.live.slot?.state !== "admitted" || step.live.busy !== "queued") return;
  // It may have waited long: what its guard read then has changed, and what was answered for it too.
  step.live.answers = null;
  beginAdmitted(turn, step);
}

/** Begins the step, which has a slot, if its guard lets it run now. */
export function beginAdmitted(turn: Turn, step: StepState): void {
  if (step.row.status !== "pending" || passesGuard(turn, step)) begin(turn, step);
}

/** Starts an attempt of a step whose turn it is; external ones only go on after the commit. */
export function begin(turn: Turn, step: StepState): void {
  if (step.plan.type) return beginOther(turn, step);
  const { plan } = step;
  let params: JsonObject;
  try {
    params = paramsOf(turn, step);
    if (plan.action?.expressions) needVisible(turn.run, step, params);
  } catch (thrown) {
    if (thrown instanceof NotYet) return park(turn, step, thrown);
    noteStart(turn, step);
    return failStep(turn, step, toErrorObject(withCause(thrown, turn.run, step)));
  }
  const circuit = isRetry(step) ? circuitOf(turn.run, step, params) : undefined;
  const refusedMs = circuit ? turn.env.breakers.waitMs(circuit) : 0;
  if (refusedMs > 0) return awaitProbe(turn, step, refusedMs);
  const { live: { pins } } = step;
  // The action is about to read them.
  step.live.pins = null;
  noteStart(turn, step);
  call(turn, new Attempt(turn.env, turn.run, step, params, turn.post));
  pins?.release();
}

function call(turn: Turn, attempt: Attempt): void {
  const { step } = attempt;
  step.live.attemptInFlight = attempt;
  setBusy(turn.run, step, "flying");
  const action = step.plan.action!;
  if (action.child) return requestChild(turn, attempt);
  if (action.effects === "external") {
    // It may wait long for its slot. Whether it is too much is looked at before the next one starts.
    attempt.count();
    turn.afterCommit.push(() => attempt.live && attempt.launch());
    return;
  }
  const result = attempt.execute();
  if (result === null) return;
  if (result.ok) completeStep(turn, step, result.output, attempt.records);
  else failStep(turn, step, result.error, { forced: result.forced });
}

function paramsOf(turn: Turn, step: StepState): JsonObject {
  const { action, actionName, params, prepare } = step.plan;
  if (action) return prepare(resolve(params, scopeFor(turn.run, step)));
  throw new OpcodeError("ACTION_UNAVAILABLE", `action "${actionName}" is not available`, {
    details: { action: actionName, retryable: false },
  });
}

/** A flow step begins, or goes on from what is recorded of it if a signal has revived it. */
function beginOther(turn: Turn, step: StepState): void {
  setBusy(turn.run, step, "");
  const { row: { attempt }, inside: { lists } } = step;
  try {
    if (lists) noteStart(turn, step);
    else stepTypeOf(step.plan)!.begin(turn, step);
  } catch (thrown) {
    if (thrown instanceof NotYet) return park(turn, step, thrown);
    if (step.row.attempt === attempt) noteStart(turn, step);
    return failStep(turn, step, toErrorObject(thrown));
  }
  if (step.row.status === "running" && step.inside.lists) armTimeout(turn, step);
  if (!lists) return;
  // All that is open inside may wait already: then it comes to rest at the turn's end.
  turn.run.stirred.add(step);
  turn.agenda.add({ kind: "step_goes_on", step });
}
