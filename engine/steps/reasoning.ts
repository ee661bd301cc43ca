// What a reasoning step is: one that asks for a decision, and comes to what is answered.

import { type ErrorObject, OpcodeError } from "../../core/errors.ts";
import { NotYet } from "../../core/expression.ts";
import type { Json } from "../../core/json.ts";
import { plainText } from "../../core/text.ts";
import { CLOSED, LONGEST_NAME_TEMPLATE, type Rule } from "../definition/rule.ts";
import { member, quote, type Report } from "../definition/report.ts";
import type { StepNode } from "../definition/node.ts";
import type { WorkflowDefinition } from "../definition/types.ts";
import type { CompiledValue } from "../interpolate/compile.ts";
import type { Token } from "../interpolate/parse.ts";
import { formatDuration, parseDuration } from "../../core/duration.ts";
import { resolve } from "../interpolate/resolve.ts";
import type { Scope } from "../interpolate/scope.ts";
import { checkIdentifier } from "../identifiers.ts";
import { type Question, questionLink, withLink } from "../links/question-link.ts";
import { noteQuestion } from "../notices/note.ts";
import { decisionContext } from "../state/decision-context.ts";
import { scopeFor } from "../state/scope.ts";
import { failStep } from "../transition/fail.ts";
import { timerKey } from "../transition/line.ts";
import { completeStep } from "../transition/settle.ts";
import { noteStart } from "../transition/note-start.ts";
import type { StepState } from "../state/state.ts";
import { closeDecision } from "../transition/close-decision.ts";
import { suspendStep } from "../transition/rouse.ts";
import type { Turn } from "../transition/turn.ts";
import type { CompileTools, Expression, StepType } from "./type.ts";
import type { Resolution } from "../signals/resolution.ts";

export interface ReasoningConfig {
  prompt_context?: string;
  options?: { id: string; description?: string }[];
  data_inject?: Record<string, string>;
  timeout?: string;
  fallback?: string;
  target_agent?: string;
}

/** Choices of one decision, and what is shown with it. */
const MOST_SHOWN = 100;

const CONFIG: Rule & { title: string } = {
  ...CLOSED,
  title: "Reasoning",
  description: "Suspends the run until an agent or a person decides.",
  properties: {
    prompt_context: { description: "The question; may hold ${{…}}.", type: "string" },
    options: {
      description: "The choices; none means that any answer is accepted.",
      type: "array",
      maxItems: MOST_SHOWN,
      items: {
        ...CLOSED,
        title: "Option",
        required: ["id"],
        properties: {
          id: { type: "string", minLength: 1, maxLength: 256, examples: ["approve"] },
          description: { type: "string" },
        },
      },
    },
    data_inject: {
      description: "Data shown with the question: name → path, CEL or ${{…}}.",
      type: "object",
      maxProperties: MOST_SHOWN,
      additionalProperties: { type: "string" },
      examples: [{ analysis: "steps.analyze.output" }],
    },
    timeout: { $ref: "#/$defs/duration", description: "How long the decision may take." },
    fallback: {
      description: "The option chosen when time is over; without it the step fails then.",
      type: "string",
      minLength: 1,
      maxLength: 256,
    },
    target_agent: {
      description: "Who may decide; empty means anyone.",
      type: "string",
      maxLength: LONGEST_NAME_TEMPLATE,
    },
  },
};

function check(
  { step, path }: StepNode,
  { workflow, report }: { workflow: WorkflowDefinition; report: Report },
): void {
  const { options, fallback, timeout } = step.config as ReasoningConfig;
  if (options?.length === 0) {
    report.warn(
      `${path}.config.options`,
      'is empty, so any choice is taken: list them, [{"id": "approve"}, …], or leave it out',
    );
  }
  const seen = new Map<string, number>();
  options?.forEach(({ id }, i) => {
    const twin = seen.get(id);
    if (twin === undefined) return seen.set(id, i);
    report.error(
      `${path}.config.options[${i}].id`,
      `duplicate option ${quote(id)}, see ${path}.config.options[${twin}]`,
    );
  });
  if (fallback !== undefined && seen.size > 0 && !seen.has(fallback)) {
    const shown = [...seen.keys()].slice(0, 10).map(quote).join(", ");
    report.error(`${path}.config.fallback`, `must be one of the options: ${shown}`);
  }
  if (timeout === undefined) {
    if (fallback === undefined || step.timeout !== undefined) return;
    return report.warn(`${path}.config.fallback`, "is never chosen without a timeout");
  }
  const isLonger = (limit: string | undefined) =>
    limit !== undefined && parseDuration(timeout) > parseDuration(limit);
  const warn = (message: string) => report.warn(`${path}.config.timeout`, message);
  if (isLonger(step.timeout)) warn(`is longer than the step's timeout of ${step.timeout}`);
  if (isLonger(workflow.timeout)) {
    warn(
      `is longer than the workflow's timeout of ${workflow.timeout}, which runs only while other ` +
        "steps are under way",
    );
  }
}

/** What a decision shows is stored and read by agents; whom it is for is not. */
function* expressions(config: ReasoningConfig): Generator<Expression> {
  const { prompt_context, target_agent, options = [], data_inject = {} } = config;
  const shown = (at: string, text: string | undefined): Expression => ({
    at,
    text,
    language: "template",
    shown: true,
  });
  yield shown("prompt_context", prompt_context);
  yield { at: "target_agent", text: target_agent, language: "template" };
  for (const [i, { description }] of options.entries()) {
    yield shown(`options[${i}].description`, description);
  }
  for (const [name, text] of Object.entries(data_inject)) {
    yield shown(member("data_inject", name), text);
  }
}

/** One member of a decision's data: a template, or a program whose text stands if it fails. */
type InjectPlan =
  | { kind: "value"; value: CompiledValue }
  | { kind: "attempt"; text: string; token: Token };

interface ReasoningPlan {
  prompt: CompiledValue | null;
  options: readonly { id: string; description: CompiledValue | null }[];
  data: readonly (readonly [name: string, value: InjectPlan])[];
  timeoutMs: number | null;
  fallback: string | null;
  targetAgent: CompiledValue | null;
}

function compile(config: ReasoningConfig, tools: CompileTools): ReasoningPlan {
  const { prompt_context, options = [], data_inject = {}, timeout, fallback } = config;
  const { step, template } = tools;
  return {
    prompt: template(prompt_context),
    options: options.map(({ id, description }) => ({ id, description: template(description) })),
    data: Object.entries(data_inject).map(([name, text]) => [name, compileInject(text, tools)]),
    timeoutMs: shortest(timeout, step.timeout),
    fallback: fallback ?? null,
    targetAgent: template(config.target_agent || undefined),
  };
}

/** A decision's time is limited by its config or, as that of any step, by its step. */
function shortest(...limits: (string | undefined)[]): number | null {
  const given = limits.filter((limit) => limit !== undefined).map(parseDuration);
  return given.length === 0 ? null : Math.min(...given);
}

/** What holds no token is a path or an expression if it can be one, else plain text. */
function compileInject(text: string, tools: CompileTools): InjectPlan {
  const literal: InjectPlan = { kind: "value", value: { kind: "scalar", value: text } };
  if (text.includes("${{")) return { kind: "value", value: tools.value(text) };
  try {
    const value = tools.value(`\${{${text}}}`);
    if (value.kind !== "token") return literal;
    const { token } = value;
    // It cannot be there by accident, and its failure is to be told.
    const isLink = token.kind === "path" && token.expression.trim() === "decision.link";
    return isLink ? { kind: "value", value } : { kind: "attempt", text, token };
  } catch (thrown) {
    if (!(thrown instanceof OpcodeError)) throw thrown;
    return literal;
  }
}

const text = (value: Json) => plainText(value);

/** Of whom is asked, under which id and until when. */
function questionOf(turn: Turn, step: StepState): Question {
  const { targetAgent, timeoutMs } = step.plan.config as ReasoningPlan;
  const target = targetAgent && text(resolve(targetAgent, scopeFor(turn.run, step)));
  // Nobody else could ever answer.
  if (target) checkIdentifier("config.target_agent", target);
  return {
    id: turn.env.newId(),
    targetAgentId: turn.masked(target) || null,
    timeoutAt: timeoutMs === null ? null : Math.ceil(turn.now + timeoutMs),
    createdAt: turn.now,
  };
}

/** Records the question; the run pauses once nothing else of it can move. */
function begin(turn: Turn, step: StepState): void {
  const flow = step.plan.config as ReasoningPlan;
  const { run, env } = turn;
  const question = questionOf(turn, step);
  const scope = scopeFor(run, step, () => questionLink(env.links, question));
  const prompt = flow.prompt && text(resolve(flow.prompt, scope));
  const context = decisionContext(turn.run, {
    prompt,
    data: flow.data.map(([name, value]) => [name, inject(value, scope)]),
  });
  const options = flow.options.map(({ id, description }) => ({
    id,
    ...(description && { description: turn.masked(text(resolve(description, scope))) }),
  }));
  noteStart(turn, step);
  const { timeoutAt } = question;
  step.decision = {
    ...question,
    runNo: run.row.runNo,
    stepId: step.id,
    agentId: run.row.agentId,
    requestedSeq: turn.event("decision_requested", step.id, turn.output(context).text),
    // An id is the author's: masked, nobody could choose it.
    options: JSON.stringify(options),
    fallback: flow.fallback,
    status: "pending",
    resolvedSeq: null,
    resolvedBy: null,
    resolvedAt: null,
  };
  run.asking.add(step);
  turn.handOver.decisions.push({ ...step.decision });
  noteQuestion(turn.handOver, run.row, step.decision, {
    prompt: turn.masked(prompt),
    ...withLink(env.links, question),
  });
  if (timeoutAt !== null) {
    step.row.dueAt = timeoutAt;
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

/** Closes the pending decision with an answer and completes the step with it. */
function answer(
  turn: Turn,
  step: StepState,
  resolution: Resolution,
  status: "resolved" | "timed_out" = "resolved",
): void {
  const { via: _, ...output } = resolution;
  const { resolved_by: resolvedBy } = output;
  const seq = turn.eventWith("decision_resolved", step.id, resolution, resolvedBy);
  closeDecision(turn, step, { status, resolvedSeq: seq, resolvedBy });
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
    return answer(
      turn,
      step,
      { choice: fallback, reasoning: "timeout_auto_resolved", resolved_by: "system" },
      "timed_out",
    );
  }
  closeDecision(turn, step, { status: "timed_out" });
  const { timeoutMs } = step.plan.config as ReasoningPlan;
  const after = timeoutMs === null ? "" : `; nobody decided within ${formatDuration(timeoutMs)}`;
  const message = `decision timeout for step ${step.id}: no fallback option configured${after}`;
  const error: ErrorObject = {
    code: "TIMEOUT_ERROR",
    message,
    details: { decision_timeout: true },
  };
  failStep(turn, step, error);
}

export const reasoning: StepType<ReasoningConfig> = {
  name: "reasoning",
  config: CONFIG,
  summary: "{prompt_context, options?: [{id, description?}], data_inject?: {name: CEL}, " +
    "target_agent?, timeout?, fallback?: option id} asks an agent or person → " +
    "{choice, data?, resolved_by}",
  check,
  checkInHook: ({ path }, { report }) =>
    report.error(`${path}.type`, "a hook must not wait for a decision"),
  expressions,
  holdsCel: true,
  outputs: () => ["choice", "reasoning", "data", "resolved_by"],
  outputTypes: ({ options = [] }) => ({
    choice: { type: "string", ...(options.length > 0 && { enum: options.map(({ id }) => id) }) },
  }),
  compile,

  shape: "hexagon",
  label: ({ options }) => options?.length ? options.map(({ id }) => id).join(" or ") : "any answer",

  begin,
  timer: "decision",
  due: expire,
  waitAgain,
  limitsItself: true,
  answer,
};
