// How the `config` of a condition, loop, parallel, wait or reasoning step is compiled.

import { parseDuration } from "../../core/duration.ts";
import { OpcodeError } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { Json } from "../../core/json.ts";
import type { CelProgram } from "../../embed/cel.ts";
import { jqProgram } from "../../embed/jq.ts";
import { type CompiledValue, compileValue } from "../interpolate/compile.ts";
import type { FlowPlan, InjectPlan, LoopPlan, OverPlan, PlanList } from "./plan.ts";
import type {
  ConditionConfig,
  LoopConfig,
  ParallelConfig,
  ReasoningConfig,
  StepDefinition,
  WaitConfig,
} from "./types.ts";

interface Tools {
  compileCel: ((source: string) => CelProgram) | undefined;
  isCel(source: string): boolean;
  compileList(steps: readonly StepDefinition[]): Promise<PlanList>;
}

/** Compiles the config of a step that is no action. */
export async function compileFlow(step: StepDefinition, tools: Tools): Promise<FlowPlan> {
  const config = (step.config ?? {}) as unknown;
  switch (step.type!) {
    case "condition":
      return await compileCondition(config as ConditionConfig, tools);
    case "loop":
      return await compileLoop(config as LoopConfig, tools);
    case "parallel": {
      const { branches, mode = "all" } = config as ParallelConfig;
      return {
        kind: "parallel",
        mode,
        branches: await Promise.all(branches.map(tools.compileList)),
      };
    }
    case "wait": {
      const { duration, signal, signals } = config as WaitConfig;
      return {
        kind: "wait",
        duration: template(duration, tools),
        signal: template(signal, tools),
        keeps: signals === "keep",
      };
    }
    case "reasoning":
      return compileReasoning(step, tools);
    case "action":
      throw new Error("an action has no flow");
  }
}

function template(text: string | undefined, { compileCel }: Tools): CompiledValue | null {
  return text === undefined ? null : compileValue(text, { compileCel });
}

async function compileCondition(config: ConditionConfig, tools: Tools): Promise<FlowPlan> {
  const branches = new Map<string, PlanList>();
  for (const [key, steps] of Object.entries(config.branches)) {
    branches.set(key, await tools.compileList(steps));
  }
  return {
    kind: "condition",
    expression: tools.compileCel!(config.expression),
    branches,
    otherwise: config.default?.length ? await tools.compileList(config.default) : null,
  };
}

async function compileLoop(config: LoopConfig, tools: Tools): Promise<LoopPlan> {
  const { mode = "for_each", over, condition, body, max_iter = 0, concurrency = 1 } = config;
  return {
    kind: "loop",
    mode,
    over: mode === "for_each" ? compileOver(over!, tools) : null,
    condition: mode === "for_each" ? null : tools.compileCel!(condition!),
    body: await tools.compileList(body),
    maxIterations: max_iter > 0 ? max_iter : Infinity,
    failOnExhausted: config.fail_on_exhausted === true,
    concurrency: mode === "for_each" ? concurrency : 1,
  };
}

/** A template or list, the text of a JSON value, CEL, or else jq. */
function compileOver(over: Json, { compileCel, isCel }: Tools): OverPlan {
  if (typeof over !== "string" || over.includes("${{")) {
    const source = typeof over === "string" ? over : null;
    return { kind: "value", value: compileValue(over, { compileCel }), source };
  }
  try {
    const value = parseJson(over);
    return { kind: "value", value: { kind: "constant", value }, source: null };
  } catch {
    return isCel(over)
      ? { kind: "cel", program: compileCel!(over) }
      : { kind: "jq", program: jqProgram(over) };
  }
}

function compileReasoning(step: StepDefinition, tools: Tools): FlowPlan {
  const config = (step.config ?? {}) as ReasoningConfig;
  const { prompt_context, options = [], data_inject = {}, timeout, fallback } = config;
  return {
    kind: "reasoning",
    prompt: template(prompt_context, tools),
    options: options.map(({ id, description }) => ({
      id,
      description: template(description, tools),
    })),
    data: Object.entries(data_inject).map(([name, text]) => [name, compileInject(text, tools)]),
    timeoutMs: shortest(timeout, step.timeout),
    fallback: fallback ?? null,
    targetAgent: template(config.target_agent || undefined, tools),
  };
}

/** A decision's time is limited by its config or, as that of any step, by its step. */
function shortest(...limits: (string | undefined)[]): number | null {
  const given = limits.filter((limit) => limit !== undefined).map(parseDuration);
  return given.length === 0 ? null : Math.min(...given);
}

/** What holds no token is a path or an expression if it can be one, else plain text. */
function compileInject(text: string, { compileCel }: Tools): InjectPlan {
  const literal: InjectPlan = { kind: "value", value: { kind: "scalar", value: text } };
  if (text.includes("${{")) return { kind: "value", value: compileValue(text, { compileCel }) };
  try {
    const value = compileValue(`\${{${text}}}`, { compileCel });
    return value.kind === "token" ? { kind: "attempt", text, token: value.token } : literal;
  } catch (thrown) {
    if (!(thrown instanceof OpcodeError)) throw thrown;
    return literal;
  }
}
