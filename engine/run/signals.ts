// What each signal does to its run: cancel, retry, skip and data.

import { type ErrorCode, OpcodeError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { isTerminal } from "../../core/status.ts";
import type { SignalRequest } from "../api.ts";
import { cancelRun } from "./cancel.ts";
import { applyContextChange, refuseLargeContext } from "./context.ts";
import type { SignalOutcome } from "./inputs.ts";
import { resume } from "./lifecycle.ts";
import { requeue, standingFailure } from "./resume.ts";
import { isHook, queue, skipStep } from "./settle.ts";
import { isHalted, newStep, type RunState, setBusy, type StepState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Checks the signal against the run as it stands, records it, and applies it. */
export function applySignal(turn: Turn, request: SignalRequest): SignalOutcome {
  switch (request.signal_type) {
    case "cancel":
      return applyCancel(turn, request);
    case "retry":
      return applyRetry(turn, request);
    case "skip":
      return applySkip(turn, request);
    case "data":
      return applyData(turn, request);
    case "decision":
      refuseTerminal(turn.run, request, "CONFLICT");
      throw new OpcodeError(
        "NOT_FOUND",
        request.step_id
          ? `no pending decision for step "${request.step_id}"`
          : "no pending decision in this workflow",
        { details: { workflow_id: turn.run.row.id } },
      );
  }
}

/** `reset`: steps it puts back to pending; `renewed`: open steps whose retry budget it renews. */
function received(
  turn: Turn,
  request: SignalRequest,
  change: { reset?: string[]; renewed?: string[] } = {},
): void {
  const { reset = [], renewed = [] } = change;
  const { signal_type, step_id, agent_id, payload, reasoning } = request;
  turn.eventWith(
    "signal_received",
    step_id ?? null,
    {
      type: signal_type,
      ...(step_id !== undefined && { step_id }),
      ...(agent_id !== undefined && { agent_id }),
      ...(payload && { payload }),
      ...(reasoning !== undefined && { reasoning }),
      ...(reset.length > 0 && { reset }),
      ...(renewed.length > 0 && { renewed }),
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
  cancelRun(turn, request.reasoning || "cancelled by signal", request.agent_id);
  return { goesOn: false };
}

function stepOf(turn: Turn, request: SignalRequest): StepState {
  const { step_id, signal_type } = request;
  if (!step_id) {
    throw new OpcodeError("VALIDATION_ERROR", `step_id: is required for ${signal_type}`, {
      details: { field: "step_id" },
    });
  }
  const plan = turn.run.plan.byId.get(step_id);
  if (!plan) throw new OpcodeError("NOT_FOUND", `step "${step_id}" not found in this workflow`);
  return turn.run.steps[plan.index]!;
}

function refuseStep(turn: Turn, step: StepState, request: SignalRequest): never {
  const { id } = step.plan;
  throw new OpcodeError(
    "CONFLICT",
    `cannot ${request.signal_type} step "${id}", which is ${step.status}, ` +
      `of a workflow that is ${turn.run.row.status}`,
    { details: { step_status: step.status, workflow_status: turn.run.row.status }, stepId: id },
  );
}

function isInterrupted(run: RunState, step: StepState): boolean {
  return run.marks.interrupted?.includes(step.plan.id) ?? false;
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
  const step = stepOf(turn, request);
  const interrupted = isInterrupted(run, step);
  const failed = step.status === "failed" && !isHook(step);
  if (!isPaused(run) || !(interrupted || (failed && !isEnding(run)))) {
    refuseStep(turn, step, request);
  }
  if (interrupted) {
    answered(run, step);
    renewBudget(turn, step);
    received(turn, request, { renewed: [step.plan.id] });
    return goOn(turn, { rerun: [step.plan.id] });
  }
  const reset = [resetStep(turn, step), ...resetFollowers(turn, step)];
  received(turn, request, { reset: [...reset, ...resetHooks(turn)] });
  return goOn(turn, { rerun: reset, revive: step });
}

function renewBudget(turn: Turn, step: StepState): void {
  step.retries = 0;
  turn.changed(step);
}

/** Back to pending; the attempt number stays, the retry budget is new. */
function resetStep(turn: Turn, step: StepState): string {
  const { run } = turn;
  if (step.settled) {
    step.settled = false;
    run.unsettled++;
    for (const index of step.plan.dependents) run.openDependencies[index]!++;
  }
  setBusy(run, step, "");
  const { attempt, changedIn } = step;
  Object.assign(step, newStep(step.plan), { attempt, changedIn });
  turn.changed(step);
  return step.plan.id;
}

/** Resets what ended only because this step failed: its fallbacks, and siblings it took along. */
function resetFollowers(turn: Turn, step: StepState): string[] {
  const ids: string[] = [];
  const { fallback } = step.plan;
  if (fallback !== null && turn.run.steps[fallback]!.status === "failed") {
    const target = turn.run.steps[fallback]!;
    ids.push(resetStep(turn, target), ...resetFollowers(turn, target));
  }
  if (step.plan.onError !== "fail_workflow") return ids;
  for (const other of turn.run.steps) {
    if (other.status !== "skipped" || other.detail.reason !== "workflow_failed") continue;
    ids.push(resetStep(turn, other));
  }
  return ids;
}

/** A revived run ends once more, and its hook runs once more. */
function resetHooks(turn: Turn): string[] {
  const { run } = turn;
  if (run.row.status !== "failed") return [];
  return run.steps
    .filter((step) => isHook(step) && step.status !== "pending")
    .map((step) => resetStep(turn, step));
}

function applySkip(turn: Turn, request: SignalRequest): SignalOutcome {
  const { run } = turn;
  const step = stepOf(turn, request);
  const { status } = step;
  const open = !isHook(step) &&
    (status === "failed" || status === "suspended" || status === "pending" ||
      status === "retrying");
  if (!isPaused(run) || !(isInterrupted(run, step) || (open && !isEnding(run)))) {
    refuseStep(turn, step, request);
  }
  received(turn, request, { reset: resetHooks(turn) });
  answered(run, step);
  skipStep(turn, step, "skipped_by_signal");
  return goOn(turn, {});
}

function applyData(turn: Turn, request: SignalRequest): SignalOutcome {
  const { run } = turn;
  refuseTerminal(run, request, "CONFLICT");
  if (request.step_id) stepOf(turn, request);
  const data = request.payload ?? {};
  refuseLargeContext(turn, [data]);
  const rerun = run.marks.interrupted ?? [];
  received(turn, request, { renewed: rerun });
  for (const [key, value] of Object.entries(data)) {
    turn.eventWith("variable_set", null, { key, value } as JsonObject as Json, request.agent_id);
  }
  if (Object.keys(data).length > 0) applyContextChange(turn, { data });
  if (!isHalted(run)) return { goesOn: false };
  for (const id of rerun) renewBudget(turn, run.steps[run.plan.byId.get(id)!.index]!);
  delete run.marks.interrupted;
  return goOn(turn, { rerun });
}

function answered(run: RunState, step: StepState): void {
  const left = run.marks.interrupted?.filter((id) => id !== step.plan.id) ?? [];
  if (left.length > 0) run.marks.interrupted = left;
  else delete run.marks.interrupted;
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
  standingFailure(turn);
  if (change.revive?.status === "pending") {
    change.revive.detail.revived = true;
    run.revived.add(change.revive);
    queue(turn, change.revive);
  }
  requeue(turn);
  resume(turn);
  return { goesOn: true, resumed: true, ...(rerun && { rerun }) };
}
