// What a decision signal must hold, and which pending decision it answers.

import { OpcodeError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { SignalRequest } from "../api.ts";
import { everyStep, findStep, type RunState, type StepState } from "./state.ts";
import type { Resolution } from "./steps/reasoning.ts";
import type { Turn } from "./turn.ts";

/** Steps with a pending decision that a refusal names. */
const MOST_NAMED = 100;

/** The step whose decision the signal answers, and the answer; throws when it answers none. */
export function decisionFor(
  turn: Turn,
  request: SignalRequest,
): { step: StepState; resolution: Resolution } {
  const step = pendingStep(turn.run, request.step_id);
  checkExpiry(turn, step);
  checkTarget(step, request);
  const { agent_id: resolved_by = "", reasoning } = request;
  const { choice, data } = checkPayload(step, request.payload ?? {});
  return {
    step,
    resolution: {
      choice,
      ...(reasoning !== undefined && { reasoning }),
      ...(data && { data }),
      resolved_by,
    },
  };
}

/**
 * By full id, by a short id that only one has, or the only one there is. The full id of a step is
 * never another's short id: an answer that is sent twice must not meet the next question.
 */
function pendingStep(run: RunState, id: string | undefined): StepState {
  const named = id === undefined ? undefined : findStep(run, id);
  if (named?.decision) return named;
  const asking = [...run.asking];
  const pending = asking.slice(0, MOST_NAMED).map((step) => step.id);
  const details = { workflow_id: run.row.id, pending };
  if (id === undefined) {
    if (asking.length === 1) return asking[0]!;
    if (asking.length === 0) {
      if (anyDecided(run, () => true)) throw decided("each decision of this workflow", details);
      throw notFound("no pending decision in this workflow", details);
    }
    throw new OpcodeError(
      "VALIDATION_ERROR",
      `step_id: is required, because ${asking.length} decisions are pending`,
      { details: { field: "step_id", ...details } },
    );
  }
  const known = named !== undefined;
  const short = known ? [] : asking.filter((step) => step.plan.id === id);
  if (short.length === 1) return short[0]!;
  if (short.length > 1) {
    throw new OpcodeError(
      "VALIDATION_ERROR",
      `step_id: "${id}" has ${short.length} pending decisions; use the full id of one`,
      { details: { field: "step_id", ...details } },
    );
  }
  const late = [...everyStep(run)].find((step) =>
    (step.id === id || (!known && step.plan.id === id)) && hasTimedOut(step)
  );
  if (late) throw timedOut(late);
  if (anyDecided(run, (step) => step.id === id || (!known && step.plan.id === id))) {
    throw decided(`the decision for step "${id}"`, details);
  }
  const what = known ? "no pending decision for step" : "no step";
  throw notFound(`${what} "${id}" in this workflow`, details);
}

/** Whether a question was asked that is closed by now: whoever answers it comes second. */
function anyDecided(run: RunState, which: (step: StepState) => boolean): boolean {
  return [...everyStep(run)].some((step) =>
    step.plan.type === "reasoning" && step.startedAt !== null && step.decision === null &&
    step.completedAt !== null && which(step)
  );
}

function decided(what: string, details: JsonObject): OpcodeError {
  return new OpcodeError("CONFLICT", `${what} has been made or dropped already`, { details });
}

function notFound(message: string, details: JsonObject): OpcodeError {
  return new OpcodeError("NOT_FOUND", message, { details });
}

function checkExpiry(turn: Turn, step: StepState): void {
  const { timeoutAt } = step.decision!;
  if (timeoutAt !== null && turn.now >= timeoutAt) throw timedOut(step);
}

/** Whether the time for the step's decision was over before an answer came. */
function hasTimedOut({ plan, error, output }: StepState): boolean {
  if (plan.type !== "reasoning") return false;
  if (error?.details?.decision_timeout) return true;
  return isObject(output) && output.resolved_by === "system" &&
    output.reasoning === "timeout_auto_resolved";
}

function timedOut({ id }: StepState): OpcodeError {
  return new OpcodeError("CONFLICT", `the decision for step "${id}" has timed out`, { stepId: id });
}

function checkTarget({ id, decision }: StepState, request: SignalRequest): void {
  const { targetAgentId } = decision!;
  const { agent_id, unlessAsked } = request;
  if (targetAgentId !== null && targetAgentId === agent_id) return;
  if (unlessAsked) throw unlessAsked;
  if (targetAgentId === null) return;
  const by = agent_id === undefined ? "a signal without agent_id" : `agent "${agent_id}"`;
  throw new OpcodeError(
    "VALIDATION_ERROR",
    `agent_id: the decision for step "${id}" is for agent "${targetAgentId}", not for ${by}`,
    { details: { field: "agent_id", target_agent: targetAgentId }, stepId: id },
  );
}

function checkPayload(
  { decision }: StepState,
  payload: JsonObject,
): { choice: string; data: JsonObject | undefined } {
  const { choice, data } = payload;
  if (typeof choice !== "string" || choice === "") {
    throw invalid("payload.choice", "must be a non-empty text");
  }
  const options = (JSON.parse(decision!.options) as { id: string }[]).map(({ id }) => id);
  if (options.length > 0 && !options.includes(choice)) {
    throw invalid("payload.choice", `must be one of ${options.join(", ")}, not "${choice}"`);
  }
  if (data !== undefined && !isObject(data)) throw invalid("payload.data", "must be an object");
  return { choice, data };
}

function invalid(field: string, rule: string): OpcodeError {
  return new OpcodeError("VALIDATION_ERROR", `${field}: ${rule}`, { details: { field } });
}
