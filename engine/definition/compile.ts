// How a stored template becomes the Plan that its runs execute.

import type { ActionRegistry } from "../../actions/action.ts";
import { prepareParams } from "../../actions/params.ts";
import { parseDuration } from "../../core/duration.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { type CelProgram, loadCel } from "../../embed/cel.ts";
import { compileValue } from "../interpolate/compile.ts";
import { needsCel } from "../interpolate/references.ts";
import type { TemplateRow } from "../store/store.ts";
import type { Plan, PlanRetry, PlanStep, StepRole } from "./plan.ts";
import { applyDefaults, compileSchema } from "./schemas.ts";
import type { RetryPolicy, StepDefinition, WorkflowDefinition } from "./types.ts";

/** How long a hook without a timeout of its own may take. */
const HOOK_TIMEOUT_MS = 30_000;

interface Parts {
  definition: WorkflowDefinition;
  registry: ActionRegistry;
  compileCel: ((source: string) => CelProgram) | null;
}

/** Compiles a template that passed validation. */
export async function compilePlan(template: TemplateRow, registry: ActionRegistry): Promise<Plan> {
  const definition = JSON.parse(template.definition) as WorkflowDefinition;
  // CEL is loaded for definitions that need it: starting without it is quicker.
  const guarded = template.definition.includes('"condition"');
  const cel = guarded || needsCel(definition as unknown as Json) ? await loadCel() : null;
  const parts: Parts = {
    definition,
    registry,
    compileCel: cel && ((source) => cel.compile(source)),
  };
  const hooks: [StepDefinition, StepRole][] = [];
  if (definition.on_complete) hooks.push([definition.on_complete, "on_complete"]);
  if (definition.on_error) hooks.push([definition.on_error, "on_error"]);
  const fallbacks = new Set(definition.steps.map((step) => step.on_error?.fallback_step));
  const steps: PlanStep[] = [];
  for (const step of definition.steps) {
    const role = fallbacks.has(step.id) ? "fallback" : "step";
    steps.push(await compileStep(step, role, steps.length, parts));
  }
  const topLevel = steps.length;
  const byId = new Map(steps.map((step) => [step.id, step]));
  for (const step of steps) link(step, definition.steps[step.index]!, byId, steps);
  for (const [hook, role] of hooks) {
    steps.push(await compileStep(hook, role, steps.length, parts));
  }
  const flow = [...definition.steps, ...hooks.map(([hook]) => hook)]
    .find((step) => (step.type ?? "action") !== "action");
  const scheduled = steps.slice(0, topLevel);
  return {
    templateName: template.name,
    templateVersion: template.version,
    definition,
    steps,
    topLevel,
    byId: new Map(steps.map((step) => [step.id, step])),
    roots: scheduled.filter((step) => step.role === "step" && step.dependencies.length === 0)
      .map((step) => step.index),
    sinks: scheduled.filter((step) => step.role === "step" && step.dependents.length === 0)
      .map((step) => step.index),
    unsupported: flow ? { stepId: flow.id, type: flow.type! } : null,
    timeoutMs: definition.timeout === undefined ? null : parseDuration(definition.timeout),
    onTimeout: definition.on_timeout ?? "fail",
    onComplete: steps.find((step) => step.role === "on_complete") ?? null,
    onErrorHook: steps.find((step) => step.role === "on_error") ?? null,
    inputs: definition.inputs ?? {},
    compiledInputs: new Map(
      Object.entries(definition.inputs ?? {}).map((
        [key, value],
      ) => [key, compileValue(value, { compileCel: parts.compileCel ?? undefined })]),
    ),
    context: definition.context ?? {},
    ...await compileSchemas(template),
  };
}

async function compileStep(
  step: StepDefinition,
  role: StepRole,
  index: number,
  { definition, registry, compileCel }: Parts,
): Promise<PlanStep> {
  const actionName = step.action ?? "";
  const action = registry.get(actionName);
  const isHook = role === "on_complete" || role === "on_error";
  return {
    index,
    id: step.id,
    type: step.type ?? "action",
    role,
    actionName,
    action,
    params: compileValue(step.params ?? {}, { compileCel: compileCel ?? undefined }),
    prepare: action ? await prepareParams(action) : (params: Json) => params as JsonObject,
    dependencies: [],
    dependents: [],
    guard: step.condition === undefined ? null : compileCel!(step.condition),
    guardSource: step.condition ?? null,
    timeoutMs: step.timeout !== undefined
      ? parseDuration(step.timeout)
      : isHook
      ? HOOK_TIMEOUT_MS
      : null,
    retry: step.retry ? compileRetry(step.retry) : null,
    onError: step.on_error?.strategy ?? null,
    fallback: null,
    triggers: [],
    resumeOnInterrupt: (step.on_interrupt ?? definition.on_interrupt) === "resume",
  };
}

/** Turns the ids a step names into indexes, in both directions. */
function link(
  step: PlanStep,
  definition: StepDefinition,
  byId: Map<string, PlanStep>,
  steps: PlanStep[],
): void {
  for (const id of new Set(definition.depends_on)) {
    const dependency = byId.get(id)!;
    step.dependencies.push(dependency.index);
    dependency.dependents.push(step.index);
  }
  const fallback = definition.on_error?.fallback_step;
  if (step.onError === "fallback_step" && fallback !== undefined) {
    step.fallback = byId.get(fallback)!.index;
    steps[step.fallback]!.triggers.push(step.index);
  }
}

function compileRetry(policy: RetryPolicy): PlanRetry {
  const delayMs = policy.delay === undefined ? 0 : parseDuration(policy.delay);
  return {
    max: policy.max,
    // A delay without a named backoff is meant: every retry waits it.
    backoff: policy.backoff ?? (delayMs > 0 ? "constant" : "none"),
    delayMs,
    maxDelayMs: policy.max_delay === undefined ? Infinity : parseDuration(policy.max_delay),
  };
}

async function compileSchemas(
  template: TemplateRow,
): Promise<Pick<Plan, "checkInputs" | "checkOutput">> {
  const schema = (text: string | null) => text === null ? null : JSON.parse(text) as JsonObject;
  const input = schema(template.inputSchema);
  const output = schema(template.outputSchema);
  const checkInput = input && await compileSchema(input, "input_schema");
  const checkOutput = output && await compileSchema(output, "output_schema");
  return {
    checkInputs(inputs) {
      if (!input || !checkInput) return { inputs, violations: [] };
      const filled = applyDefaults(input, inputs);
      return { inputs: filled, violations: checkInput(filled) };
    },
    checkOutput: checkOutput ?? (() => []),
  };
}
