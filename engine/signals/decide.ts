// What a decision signal must hold, and which pending decision it answers.

import { faultAt, placeOf } from "../../core/fault-at.ts";
import { OpcodeError } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import { isStepOver } from "../../core/status.ts";
import { unknownName } from "../../core/unknown.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { SignalRequest } from "../api.ts";
import type { DecisionRow } from "../store/store.ts";
import { everyStep, findStep, type RunState, type StepState } from "../state/state.ts";
import { stepsCalled } from "../state/short-ids.ts";
import type { Turn } from "../transition/turn.ts";
import { stepTypeOf } from "../steps/type.ts";
import type { Resolution } from "./resolution.ts";

/** Pending decisions that a refusal names. */
const MOST_NAMED = 100;
/** Those that its message names. */
const MOST_TOLD = 5;

/**
 * The step whose decision the signal answers, the decision, and the answer; throws when it answers
 * none. What is thrown names in its details what could be answered.
 */
export function decisionFor(
  turn: Turn,
  request: SignalRequest,
): { step: StepState; decision: DecisionRow; resolution: Resolution } {
  const step = pendingStep(turn.run, request);
  const decision = step.decision!;
  checkExpiry(turn, step);
  checkTarget(step, request);
  const { agent_id: resolved_by, reasoning, via } = request;
  const { choice, data } = checkPayload(step, request.payload ?? {});
  return {
    step,
    decision,
    resolution: {
      choice,
      ...(reasoning !== undefined && { reasoning }),
      ...(data && { data }),
      resolved_by: resolved_by!,
      ...(via && { via }),
    },
  };
}

/**
 * By the decision's own id; by the full id of a step that has asked once; by the short id under
 * which one question was asked in all. Whatever could mean an earlier question too is refused: an
 * answer that is sent twice, or late, must not meet the next one.
 */
function pendingStep(run: RunState, { step_id: id, decision_id }: SignalRequest): StepState {
  const details = () => ({ workflow_id: run.row.id, pending: [...firstAsking(run)] });
  if (decision_id !== undefined) {
    const step = run.asking.get(decision_id);
    if (!step) throw notAsked(run, decision_id, details());
    if (id === undefined || id === step.id || id === step.plan.id) return step;
    const rule = `decision "${decision_id}" is that of step "${step.id}", not of "${id}"`;
    throw faultAt("step_id", rule, { ...details(), decision_id });
  }
  if (id === undefined) {
    const rule = `is required for a decision, or decision_id; ${openDecisions(run)}`;
    throw faultAt("step_id", rule, details());
  }
  const named = findStep(run, id);
  if (named?.decision) {
    if (named.row.attempt <= 1) return named;
    throw faultAt(
      "decision_id",
      `is required, because step "${id}" has asked more than once: "${named.decision.id}" is what ` +
        "it asks now",
      { ...details(), decision_id: named.decision.id },
    );
  }
  const known = named !== undefined;
  const asked = known
    ? [named]
    : [...stepsCalled(run, id)].filter(({ plan }) => stepTypeOf(plan)?.answer);
  const open = asked.filter((step) => step.decision !== null);
  if (open.length > 0) {
    const times = asked.reduce((sum, { row: { attempt } }) => sum + attempt, 0);
    if (times === 1) return open[0]!;
    throw faultAt(
      "step_id",
      `"${id}" is the short id of ${times} questions that were asked; give the full id of its step, ` +
        `or decision_id; ${openDecisions(run)}`,
      details(),
    );
  }
  const late = asked.find(hasTimedOut);
  if (late) throw timedOut(late);
  if (asked.some(isDecided)) {
    const what = `the decision for step "${id}" has been made or dropped already`;
    throw new OpcodeError("CONFLICT", what, { details: details() });
  }
  const what = known ? "no pending decision for step" : "no step";
  throw new OpcodeError("NOT_FOUND", `${what} "${id}" in this workflow; ${openDecisions(run)}`, {
    details: details(),
  });
}

/** `open decisions: step "a" (decision_id "…"), …`, as a refusal says it. */
function openDecisions(run: RunState): string {
  const told: string[] = [];
  for (const { step_id, decision_id } of firstAsking(run)) {
    if (told.push(`step "${step_id}" (decision_id "${decision_id}")`) === MOST_TOLD) break;
  }
  if (told.length === 0) return `no decision is open${askingElsewhere(run)}`;
  const left = run.asking.size - told.length;
  return `open decisions: ${told.join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
}

/** `; step "a" waits for run …`: a question that its child asks is answered there. */
function askingElsewhere(run: RunState): string {
  const told: string[] = [];
  for (const { id, row: { status, detail: { childId } } } of everyStep(run)) {
    if (childId === undefined || isStepOver(status)) continue;
    told.push(`; step "${id}" waits for a run, which may ask: opcode signal ${childId} decision`);
    if (told.length === MOST_TOLD) break;
  }
  return told.join("");
}

/** What could be answered, as a refusal tells it. */
function* firstAsking({ asking }: RunState): Generator<{ step_id: string; decision_id: string }> {
  let left = MOST_NAMED;
  for (const [decision_id, { id }] of asking) {
    if (left-- === 0) return;
    yield { step_id: id, decision_id };
  }
}

/** NOT_FOUND for a decision_id that is not pending: only the store knows whether it ever was. */
function notAsked(run: RunState, decision_id: string, details: JsonObject): OpcodeError {
  const isStep = findStep(run, decision_id) !== undefined ||
    !stepsCalled(run, decision_id).next().done;
  const meant = isStep ? `that is the id of a step, which step_id names; ` : "";
  return new OpcodeError(
    "NOT_FOUND",
    `decision_id: no pending decision "${decision_id}" in this workflow; ` +
      meant + openDecisions(run),
    { details: { ...details, decision_id } },
  );
}

/** What somebody is told whose decision_id is that of a question which is over; else the refusal. */
export function closedDecision(
  refusal: OpcodeError,
  row: DecisionRow & { runId: string } | null,
): OpcodeError {
  const { details } = refusal;
  if (!row || row.runId !== details?.workflow_id) return refusal;
  const pending = details.pending as { step_id: string }[];
  const again = pending.some(({ step_id }) => step_id === row.stepId)
    ? `; step "${row.stepId}" asks under another decision_id now`
    : "";
  return new OpcodeError(
    "CONFLICT",
    `decision "${row.id}" of step "${row.stepId}" ${OVER[row.status]}${again}`,
    { details: { ...details, decision_status: row.status }, stepId: row.stepId },
  );
}

/** How a question ended, as a refusal says it. */
export const OVER: Record<DecisionRow["status"], string> = {
  pending: "has been answered or dropped just now",
  resolved: "has been answered already",
  timed_out: "has timed out",
  cancelled: "was dropped with its step",
};

/** Whether a question was asked that is closed by now: whoever answers it comes second. */
function isDecided({ plan, decision, row: { startedAt, completedAt } }: StepState): boolean {
  return stepTypeOf(plan)?.answer !== undefined && startedAt !== null && decision === null &&
    completedAt !== null;
}

function checkExpiry(turn: Turn, step: StepState): void {
  const { timeoutAt } = step.decision!;
  if (timeoutAt !== null && turn.now >= timeoutAt) throw timedOut(step);
}

/** Whether the time for the step's decision was over before an answer came. */
function hasTimedOut({ plan, row: { error }, result: { output } }: StepState): boolean {
  if (!stepTypeOf(plan)?.answer) return false;
  if (error?.details?.decision_timeout) return true;
  return isObject(output) && output.resolved_by === "system" &&
    output.reasoning === "timeout_auto_resolved";
}

function timedOut({ id, decision }: StepState): OpcodeError {
  return new OpcodeError("CONFLICT", `the decision for step "${id}" has timed out`, {
    ...(decision && { details: { decision_id: decision.id } }),
    stepId: id,
  });
}

function checkTarget({ id, decision }: StepState, request: SignalRequest): void {
  const { targetAgentId } = decision!;
  const { agent_id, unlessAsked } = request;
  if (targetAgentId !== null && targetAgentId === agent_id) return;
  if (unlessAsked) throw unlessAsked;
  if (targetAgentId === null) return;
  throw new OpcodeError(
    "VALIDATION_ERROR",
    `agent_id: the decision for step "${id}" is for agent "${targetAgentId}", not for agent "${agent_id}"`,
    {
      details: {
        ...placeOf("agent_id"),
        target_agent: targetAgentId,
        step_id: id,
        decision_id: decision!.id,
      },
      stepId: id,
    },
  );
}

function checkPayload(
  { id, decision }: StepState,
  payload: JsonObject,
): { choice: string; data: JsonObject | undefined } {
  const { choice, data } = payload;
  const invalid = (path: string, rule: string) =>
    faultAt(path, rule, { step_id: id, decision_id: decision!.id });
  const options = (parseJson(decision!.options) as { id: string }[]).map(({ id }) => id);
  if (typeof choice !== "string" || choice === "") {
    const choices = options.length > 0 ? `, one of ${options.join(", ")}` : "";
    throw invalid("payload.choice", `must be a non-empty text${choices}`);
  }
  const unknown = unknownName(Object.keys(payload), ["choice", "data"], {
    what: "part of a decision",
    meant: { reasoning: "reasoning, beside payload", reason: "reasoning, beside payload" },
    lists: true,
  });
  if (unknown) throw invalid(`payload.${unknown.name}`, unknown.rule);
  if (options.length > 0 && !options.includes(choice)) {
    throw invalid("payload.choice", `must be one of ${options.join(", ")}, not "${choice}"`);
  }
  if (data !== undefined && !isObject(data)) throw invalid("payload.data", "must be an object");
  return { choice, data };
}
