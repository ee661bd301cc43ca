// How a reasoning step asks for a decision, and what the answer, or its absence, makes of the step.

import type { ErrorObject } from "../../../core/errors.ts";
import { NotYet } from "../../../core/expression.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { plainText } from "../../../core/text.ts";
import type { InjectPlan, ReasoningPlan } from "../../definition/plan.ts";
import { resolve } from "../../interpolate/resolve.ts";
import type { Scope } from "../../interpolate/scope.ts";
import { checkIdentifier } from "../../identifiers.ts";
import { decisionContext } from "../decision-context.ts";
import { scopeFor } from "../scope.ts";
import { failStep } from "../fail.ts";
import { timerKey } from "../line.ts";
import { completeStep } from "../settle.ts";
import { noteStart } from "../note-start.ts";
import type { StepState } from "../state.ts";
import { closeDecision } from "../close-decision.ts";
import { suspendStep } from "../rouse.ts";
import type { Turn } from "../turn.ts";
import type { StepType } from "./type.ts";

/** Records the question; the run pauses once nothing else of it can move. */
function begin(turn: Turn, step: StepState): void {
  const flow = step.plan.flow as ReasoningPlan;
  const { run, env } = turn;
  const scope = scopeFor(run, step);
  const text = (value: Json) => plainText(value);
  const context = decisionContext(turn, {
    prompt: flow.prompt && text(resolve(flow.prompt, scope)),
    data: flow.data.map(([name, value]) => [name, inject(value, scope)]),
  });
  const options = flow.options.map(({ id, description }) => ({
    id,
    ...(description && { description: turn.masked(text(resolve(description, scope))) }),
  }));
  const target = flow.targetAgent && text(resolve(flow.targetAgent, scope));
  // Nobody else could ever answer.
  if (target) checkIdentifier("config.target_agent", target);
  noteStart(turn, step);
  const timeoutAt = flow.timeoutMs === null ? null : Math.ceil(turn.now + flow.timeoutMs);
  step.decision = {
    id: env.newId(),
    runNo: run.row.runNo,
    stepId: step.id,
    agentId: run.row.agentId,
    targetAgentId: turn.masked(target) || null,
    requestedSeq: turn.event("decision_requested", step.id, turn.output(context).text),
    // An id is the author's: masked, nobody could choose it.
    options: JSON.stringify(options),
    timeoutAt,
    fallback: flow.fallback,
    status: "pending",
    resolvedSeq: null,
    resolvedBy: null,
    resolvedAt: null,
    createdAt: turn.now,
  };
  run.asking.set(step.decision.id, step);
  turn.handOver.decisions.push({ ...step.decision });
  if (timeoutAt !== null) {
    step.dueAt = timeoutAt;
    turn.timer(timerKey(step), timeoutAt);
  }
  suspendStep(turn, step, "decision");
}

function inject(plan: InjectPlan, scope: Scope): Json {
  if (plan.kind === "value") return resolve(plan.value, scope);
  try {
    return resolve({ kind: "token", token: plan.token }, scope);
  } catch (thrown) {
    if (thrown instanceof NotYet) throw thrown;
    // Text that only looked like a path.
    return plan.text;
  }
}

export interface Resolution {
  choice: string;
  reasoning?: string;
  data?: JsonObject;
  resolved_by: string;
}

/** Closes the pending decision with an answer and completes the step with it. */
export function resolveDecision(
  turn: Turn,
  step: StepState,
  resolution: Resolution,
  status: "resolved" | "timed_out" = "resolved",
): void {
  const output = resolution as unknown as JsonObject;
  const seq = turn.eventWith("decision_resolved", step.id, output, resolution.resolved_by);
  closeDecision(turn, step, { status, resolvedSeq: seq, resolvedBy: resolution.resolved_by });
  completeStep(turn, step, output);
}

/** Takes the waiting up again after the run was loaded or halted. */
function waitAgain(turn: Turn, step: StepState): void {
  const timeoutAt = step.decision?.timeoutAt ?? null;
  if (timeoutAt !== null && timeoutAt <= turn.now) expire(turn, step);
}

/** The time for the decision is over: its fallback is chosen, or the step fails. */
function expire(turn: Turn, step: StepState): void {
  const { fallback } = step.decision!;
  if (fallback !== null) {
    return resolveDecision(
      turn,
      step,
      { choice: fallback, reasoning: "timeout_auto_resolved", resolved_by: "system" },
      "timed_out",
    );
  }
  closeDecision(turn, step, { status: "timed_out" });
  const message = `decision timeout for step ${step.id}: no fallback option configured`;
  const error: ErrorObject = {
    code: "TIMEOUT_ERROR",
    message,
    details: { decision_timeout: true },
  };
  failStep(turn, step, error);
}

export const reasoning: StepType = { begin, due: expire, waitAgain };
