// What each signal does to its run: cancel, retry, skip and data.

import { rfc3339 } from "../../core/clock.ts";
import { faultAt } from "../../core/fault-at.ts";
import { forgetPrograms, stillRunning } from "../calls/programs.ts";
import { type ErrorCode, OpcodeError } from "../../core/errors.ts";
import { insteadOf } from "../../core/instead-of.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { isTerminal } from "../../core/status.ts";
import type { SignalRequest } from "../api.ts";
import { cancelRun } from "../transition/cancel.ts";
import { applyContextChange, refuseLargeContext } from "../transition/change-context.ts";
import { decisionFor } from "./decide.ts";
import type { SignalOutcome } from "../actor/inputs.ts";
import { outputReaders } from "./output-readers.ts";
import { refuseContradiction, unmetHint } from "./unmet.ts";
import { keepSignal, metBy, refuseMoreKept } from "./kept-signals.ts";
import { takersOf } from "./waits-to-come.ts";
import { resume, suspend, wakeRun } from "../transition/activity.ts";
import { drain } from "../transition/drain.ts";
import { blank } from "../state/new-run.ts";
import {
  resetInside,
  reviveAround,
  reviveFallbacks,
  reviveStep,
  reviveTakenAlong,
  unsettle,
} from "../transition/reset.ts";
import { poisonedConflict, takeOffPoison } from "./revive.ts";
import { waitingSignals } from "../actor/report.ts";
import { requeue } from "../transition/requeue.ts";
import { standingFailure } from "../transition/fail.ts";
import { queue } from "../transition/line.ts";
import { answered, skipStep } from "../transition/settle.ts";
import { SKIPPED_BY_SIGNAL } from "../state/given-up.ts";
import {
  findStep,
  isDelayed,
  isHalted,
  isHook,
  isUnderWay,
  isUnhandled,
  rootOf,
  type RunState,
  type StepState,
  unhandledOf,
} from "../state/state.ts";
import type { Turn } from "../transition/turn.ts";
import { stepTypeOf } from "../steps/type.ts";

/** Steps that an answer names to have failed before, and to stay so. */
const MOST_TOLD = 100;

/** Checks the signal against the run as it stands, records it, and applies it. */
export function applySignal(turn: Turn, request: SignalRequest): SignalOutcome {
  // Halted in this very turn: it pauses before it is answered, or its clock would stand still.
  if (isHalted(turn.run) && turn.run.row.status === "active") suspend(turn);
  const { signal_type: type } = request;
  if (turn.run.marks.poisoned && type !== "retry" && type !== "cancel") {
    throw poisonedConflict(turn.run.row.id, type);
  }
  if (isDelayed(turn.run) && type !== "cancel") throw delayedConflict(turn.run, type);
  switch (type) {
    case "cancel":
      return applyCancel(turn, request);
    case "retry":
      return applyRetry(turn, request);
    case "skip":
      return applySkip(turn, request);
    case "data":
      return applyData(turn, request);
    case "decision":
      return applyDecision(turn, request);
  }
}

/**
 * Returns the event's sequence number. `reset`: steps it puts back to pending; `renewed`: open steps
 * whose retry budget it renews; `kept`: it is kept for a wait that has not begun.
 */
function received(
  turn: Turn,
  request: SignalRequest,
  change: { reset?: string[]; renewed?: string[]; kept?: boolean } = {},
): number {
  const { reset = [], renewed = [], kept } = change;
  const { signal_type, step_id, decision_id, agent_id, payload, reasoning } = request;
  return turn.eventWith(
    "signal_received",
    step_id ?? null,
    {
      type: signal_type,
      ...(step_id !== undefined && { step_id }),
      ...(decision_id !== undefined && { decision_id }),
      ...(agent_id !== undefined && { agent_id }),
      ...(payload && { payload }),
      ...(reasoning !== undefined && { reasoning }),
      ...(reset.length > 0 && { reset }),
      ...(renewed.length > 0 && { renewed }),
      ...(kept && { kept }),
    },
    agent_id,
  );
}

const DEEDS: Record<SignalRequest["signal_type"], string> = {
  cancel: "cancel",
  data: "send data to",
  decision: "decide for",
  retry: "retry a step of",
  skip: "skip a step of",
};

function delayedConflict(
  { row, marks }: RunState,
  type: SignalRequest["signal_type"],
): OpcodeError {
  const { waits } = marks;
  const begins = waits ? { waits_for: waits.for } : { start_at: rfc3339(marks.start_at!) };
  const when = waits
    ? `it waits for ${waits.for.join(" and ")}`
    : `it begins at ${begins.start_at}`;
  return new OpcodeError(
    "CONFLICT",
    `cannot ${DEEDS[type]} a workflow that has not begun: ${when}`,
    { details: { workflow_id: row.id, from: row.status, ...begins } },
  );
}

function refuseTerminal(run: RunState, request: SignalRequest, code: ErrorCode): void {
  if (!isTerminal(run.row.status)) return;
  throw new OpcodeError(
    code,
    `cannot ${DEEDS[request.signal_type]} a workflow that is ${run.row.status}`,
    { details: { workflow_id: run.row.id, from: run.row.status } },
  );
}

function applyCancel(turn: Turn, request: SignalRequest): SignalOutcome {
  refuseTerminal(turn.run, request, "INVALID_TRANSITION");
  received(turn, request);
  if (turn.run.marks.poisoned) takeOffPoison(turn);
  cancelRun(turn, request.reasoning || "cancelled by signal", request.agent_id);
  return { goesOn: false };
}

function stepOf(turn: Turn, request: SignalRequest): StepState {
  const { step_id, signal_type } = request;
  if (!step_id) {
    throw faultAt("step_id", `is required for ${signal_type}`);
  }
  const step = findStep(turn.run, step_id);
  if (step) return step;
  const inside = [...turn.run.nested.keys()].filter((id) => id.endsWith(`.${step_id}`));
  const advice = inside.length === 0
    ? insteadOf(step_id, turn.run.plan.steps.slice(0, turn.run.plan.topLevel).map(({ id }) => id))
    : inside.length === 1
    ? `; did you mean "${inside[0]}"?`
    : `; ${inside.length} steps inside others end so, use the full id of one`;
  throw new OpcodeError("NOT_FOUND", `step "${step_id}" not found in this workflow${advice}`);
}

function refuseStep(turn: Turn, step: StepState, request: SignalRequest): never {
  const { id, row: { status } } = step;
  const wantsFork = request.signal_type === "retry" && status === "completed" &&
    turn.run.row.status !== "active" && turn.run.plan.byId.has(id) && !isHook(step);
  const advice = wantsFork ? "; a run with from_run and from_step does it again" : "";
  throw new OpcodeError(
    "CONFLICT",
    `cannot ${request.signal_type} step "${id}", which is ${status}, ` +
      `of a workflow that is ${turn.run.row.status}` + advice,
    { details: { step_status: step.row.status, workflow_status: turn.run.row.status }, stepId: id },
  );
}

function isInterrupted(run: RunState, step: StepState): boolean {
  return run.marks.interrupted?.includes(step.id) ?? false;
}

function isPaused(run: RunState): boolean {
  return run.row.status === "failed" || run.row.status === "suspended";
}

/** Whether the run's outcome is known and only its hook is left: nothing else can change it. */
function isEnding(run: RunState): boolean {
  return run.marks.outcome !== undefined;
}

function applyRetry(turn: Turn, request: SignalRequest): SignalOutcome {
  const { run } = turn;
  if (run.marks.poisoned) {
    received(turn, request);
    takeOffPoison(turn);
    return goOn(turn, {});
  }
  const step = stepOf(turn, request);
  const interrupted = isInterrupted(run, step);
  const failed = step.row.status === "failed" && !isHook(rootOf(step)) && canReachIn(step);
  if (!isPaused(run) || !(interrupted || (failed && !isEnding(run)))) {
    refuseStep(turn, step, request);
  }
  if (interrupted) {
    const running = stillRunning(run, [step.id]);
    answered(run, step);
    renewBudget(turn, step);
    received(turn, request, { renewed: [step.id] });
    return { ...goOn(turn, { rerun: [step.id] }), ...running };
  }
  const reset = [
    ...reviveStep(turn, step),
    ...reviveFallbacks(turn, step),
    ...reviveAround(turn, step),
    ...reviveTakenAlong(turn),
  ];
  received(turn, request, { reset: [...reset, ...resetHooks(turn)] });
  return goOn(turn, { rerun: reset, revive: rootOf(step) });
}

/** Whether every step around it is open or has failed itself, so that going on in it has a point. */
function canReachIn(step: StepState): boolean {
  const { owner } = step.list;
  if (!owner) return true;
  // What a fallback has stood in for is over.
  if (step.row.status === "failed" && !isUnhandled(step)) return false;
  return (isUnderWay(owner) || owner.row.status === "failed") && step.list.state !== "done" &&
    canReachIn(owner);
}

function renewBudget(turn: Turn, step: StepState): void {
  step.row.retries = 0;
  turn.changed(step);
}

/** A revived run ends once more, and its hook runs once more. */
function resetHooks(turn: Turn): string[] {
  const { run } = turn;
  if (run.row.status !== "failed") return [];
  return run.steps
    .filter((step) => isHook(step) && step.row.status !== "pending")
    .flatMap((step) => {
      const inside = resetInside(turn, step);
      blank(run, step);
      turn.changed(step);
      return [step.id, ...inside];
    });
}

function applySkip(turn: Turn, request: SignalRequest): SignalOutcome {
  const { run } = turn;
  const step = stepOf(turn, request);
  const { row: { status } } = step;
  const open = !isHook(rootOf(step)) && canReachIn(step) &&
    (status === "failed" || status === "suspended" || status === "pending" ||
      status === "retrying");
  if (!isPaused(run) || !(isInterrupted(run, step) || (open && !isEnding(run)))) {
    refuseStep(turn, step, request);
  }
  const reset = status !== "failed" ? [] : [
    ...reviveFallbacks(turn, step),
    ...reviveAround(turn, step),
    ...reviveTakenAlong(turn),
  ];
  received(turn, request, { reset: [...reset, ...resetHooks(turn)] });
  const readBy = outputReaders(run, step);
  const hint = status === "pending" && !isInterrupted(run, step)
    ? `step "${step.id}" had not begun: it will not run, and its output is null`
    : undefined;
  answered(run, step);
  if (run.row.status === "suspended") wakeRun(turn);
  // What a fallback stands in for, or would, is over: it ends anew, and the fallback is wanted no more.
  unsettle(turn, step);
  skipStep(turn, step, SKIPPED_BY_SIGNAL);
  drain(turn);
  return {
    ...goOn(turn, reset.length > 0 ? { revive: rootOf(step) } : {}),
    skipped: step.id,
    ...(hint !== undefined && { hint }),
    ...(readBy.length > 0 && { read_by: readBy }),
  };
}

function applyDecision(turn: Turn, request: SignalRequest): SignalOutcome {
  const { run } = turn;
  refuseTerminal(run, request, "CONFLICT");
  const { step, decision, resolution } = decisionFor(turn, request);
  const decision_id = decision.id;
  received(turn, { ...request, step_id: step.id, decision_id });
  const resumed = run.row.status === "suspended";
  stepTypeOf(step.plan)!.answer!(turn, step, resolution);
  drain(turn);
  const interrupted = run.marks.interrupted;
  if (interrupted) return { goesOn: false, resumed: false, interrupted, decision_id };
  if (!isHalted(run)) return { goesOn: true, resumed, decision_id };
  return { ...goOn(turn, {}), decision_id };
}

function applyData(turn: Turn, request: SignalRequest): SignalOutcome {
  const { run } = turn;
  refuseTerminal(run, request, "CONFLICT");
  const data = request.payload ?? {};
  const met = metBy(run, request);
  refuseContradiction(turn, request, met);
  const takers = met.length > 0 ? [] : takersOf(run, request);
  const isKept = takers.length > 0;
  if (request.step_id && met.length === 0 && !isKept) stepOf(turn, request);
  refuseLargeContext(turn, [data]);
  if (isKept) refuseMoreKept(turn, data);
  // What is meant for a wait says nothing of what was interrupted elsewhere.
  const isNamed = met.length > 0 || isKept || request.step_id !== undefined ||
    data.signal !== undefined;
  const rerun = isNamed ? [] : run.marks.interrupted ?? [];
  const seq = received(turn, request, { renewed: rerun, kept: isKept });
  if (isKept) keepSignal(turn, seq, request);
  for (const [key, value] of Object.entries(data)) {
    turn.eventWith("variable_set", null, { key, value } as JsonObject as Json, request.agent_id);
  }
  if (Object.keys(data).length > 0) applyContextChange(turn, { data });
  const halted = isHalted(run);
  const resumed = run.row.status === "suspended";
  // Before it changes what waits; what lets a halted run go on has done its work.
  const hasUse = met.length > 0 || isKept || (halted && !isNamed);
  const hint = hasUse ? undefined : unmetHint(turn, request);
  const running = isNamed ? {} : stillRunning(run, rerun);
  if (!isNamed) {
    for (const id of rerun) renewBudget(turn, findStep(run, id)!);
    delete run.marks.interrupted;
    forgetPrograms(run.marks);
  }
  for (const step of met) {
    // The first may have ended the others, as in a race, and what came of that have reset them.
    if (!run.waits.has(step)) continue;
    stepTypeOf(step.plan)!.meet!(turn, step, data);
    drain(turn);
  }
  const ids = met.map(({ id }) => id);
  const told = () => ({
    met: ids,
    ...(isKept && { kept: takers }),
    ...(hint !== undefined && { hint }),
    waiting: waitingSignals(run),
  });
  if (isNamed && met.length === 0) {
    const { interrupted } = run.marks;
    return { goesOn: false, ...(interrupted && { interrupted }), ...told() };
  }
  if (halted) return { ...goOn(turn, isNamed ? {} : { rerun }), ...told(), ...running };
  if (met.length === 0) return { goesOn: false, ...told() };
  return { goesOn: true, resumed, ...told() };
}

function needsOthers(run: RunState, { plan }: StepState): boolean {
  return plan.role === "step" && run.openDependencies[plan.index]! > 0;
}

/** Lets the run go on, unless interrupted steps still wait for an answer. */
function goOn(turn: Turn, change: { rerun?: string[]; revive?: StepState }): SignalOutcome {
  const { run } = turn;
  const { rerun } = change;
  const left = run.marks.interrupted;
  if (left) return { goesOn: false, interrupted: left, ...(rerun && { rerun }) };
  if (run.marks.timed_out || run.row.activeMs >= (run.plan.timeoutMs ?? Infinity)) {
    // Paused or failed by its own timeout: the answer grants a full budget.
    run.row.activeMs = 0;
    delete run.marks.timed_out;
  }
  standingFailure(run);
  if (run.row.status !== "active") resume(turn);
  const { revive } = change;
  const stillFailed = unhandledOf(run.steps).map(({ id }) => id);
  // One whose dependency waits for its fallback begins after that, like any other.
  if (revive?.row.status === "pending" && !needsOthers(run, revive)) {
    revive.row.detail.revived = true;
    run.revived.add(revive);
    queue(turn, revive);
  }
  requeue(turn);
  return {
    goesOn: true,
    resumed: true,
    ...(rerun && { rerun }),
    ...(stillFailed.length > 0 && { still_failed: stillFailed.slice(0, MOST_TOLD) }),
  };
}
