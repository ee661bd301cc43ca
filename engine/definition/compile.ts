// How a stored template becomes the Plan that its runs execute.

import type { ActionRegistry } from "../../actions/action.ts";
import { parseDuration } from "../../core/duration.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Slices } from "../../core/slices.ts";
import { loadCel } from "../../embed/cel.ts";
import { storedNotify } from "../callbacks/trigger.ts";
import { compileValue } from "../interpolate/compile.ts";
import { needsCel } from "../interpolate/references.ts";
import type { TemplateRow } from "../store/store.ts";
import { STEP_TYPES } from "../steps/types.ts";
import { compileStep, linkCalls, linkDependencies, type Parts } from "./compile-step.ts";
import type { Plan, PlanStep, StepRole } from "./plan.ts";
import { withDefaults } from "./defaults.ts";
import { applyDefaults, missingOf, schemaCheck } from "./schemas.ts";
import type { StepDefinition, WorkflowDefinition } from "./types.ts";
import { unknownParamOf } from "./unknown-params.ts";

const TYPES_WITH_CEL = STEP_TYPES.filter(({ holdsCel }) => holdsCel).map(({ name }) => name);

/** CEL is loaded for definitions that need it: starting without it is quicker. A guard is CEL too. */
const HOLDS_CEL = new RegExp(`"(${["condition", ...TYPES_WITH_CEL].join("|")})"`);

/** Compiles a template that passed validation, a step at a time. */
export async function compilePlan(
  template: TemplateRow,
  registry: ActionRegistry,
  slices: Slices,
): Promise<Plan> {
  const written = parseJson(template.definition) as WorkflowDefinition;
  const { definition } = withDefaults(written, registry);
  const cel = HOLDS_CEL.test(template.definition) || needsCel(definition) ? await loadCel() : null;
  const parts: Parts = {
    definition,
    registry,
    compileCel: cel ? (source) => cel.compile(source) : undefined,
    isCel: (source) => cel!.parses(source),
    slices,
  };
  const hooks: [StepDefinition, StepRole][] = [];
  if (definition.on_complete) hooks.push([definition.on_complete, "on_complete"]);
  if (definition.on_error) hooks.push([definition.on_error, "on_error"]);
  const steps: PlanStep[] = [];
  for (const step of definition.steps) {
    steps.push(await compileStep(step, steps.length, parts));
  }
  const topLevel = steps.length;
  const top = { steps: [...steps], byId: new Map(steps.map((step) => [step.id, step])) };
  linkDependencies(top, definition.steps);
  linkCalls(top, definition.steps);
  for (const [hook, role] of hooks) {
    const step = await compileStep(hook, steps.length, parts, role);
    linkCalls({ steps: [step], byId: new Map([[step.id, step]]) }, [hook]);
    steps.push(step);
  }
  const scheduled = top.steps.filter(({ role }) => role === "step");
  return {
    templateName: template.name,
    templateVersion: template.version,
    definition,
    steps,
    topLevel,
    byId: new Map(steps.map((step) => [step.id, step])),
    roots: scheduled.filter(({ dependencies }) => dependencies.length === 0)
      .map(({ index }) => index),
    sinks: lastOf(top.steps).map(({ index }) => index),
    timeoutMs: definition.timeout === undefined ? null : parseDuration(definition.timeout),
    onTimeout: definition.on_timeout ?? "fail",
    onComplete: steps.find((step) => step.role === "on_complete") ?? null,
    onErrorHook: steps.find((step) => step.role === "on_error") ?? null,
    inputs: definition.inputs ?? {},
    compiledInputs: new Map(
      Object.entries(definition.inputs ?? {}).map((
        [key, value],
      ) => [key, compileValue(value, { compileCel: parts.compileCel })]),
    ),
    context: definition.context ?? {},
    notify: storedNotify(template.triggers),
    ...schemasOf(template, definition),
  };
}

/**
 * The steps that no other depends on. A `workflow.fail` is none of them: where a run completes it was
 * skipped, and the last step is the one before it. Nor does a fallback come after what it depends on:
 * it stands in for the step that calls it.
 */
function lastOf(steps: readonly PlanStep[]): PlanStep[] {
  const isScheduled = ({ role }: PlanStep) => role === "step";
  const fails = ({ actionName }: PlanStep) => actionName === "workflow.fail";
  const isNeeded = new Set<PlanStep>();
  // A line, for chains may be longer than the stack is deep; each is in it once.
  const line = steps.filter((step) => isScheduled(step) && !fails(step));
  for (const step of line) {
    for (const index of step.dependencies) {
      const need = steps[index]!;
      if (isNeeded.has(need)) continue;
      isNeeded.add(need);
      if (isScheduled(need) && fails(need)) line.push(need);
    }
  }
  return steps.filter((step) => isScheduled(step) && !fails(step) && !isNeeded.has(step));
}

function schemasOf(
  template: TemplateRow,
  definition: WorkflowDefinition,
): Pick<Plan, "unknownParam" | "fillInputs" | "missingInputs" | "checkInputs" | "checkOutput"> {
  const schema = (text: string | null) => text === null ? null : parseJson(text) as JsonObject;
  const input = schema(template.inputSchema);
  const output = schema(template.outputSchema);
  return {
    unknownParam: unknownParamOf({
      definition: definition,
      inputSchema: input,
    }),
    fillInputs: (inputs) => input ? applyDefaults(input, inputs) : inputs,
    missingInputs: (inputs) => input ? missingOf(input, inputs) : [],
    checkInputs: input && schemaCheck(input),
    checkOutput: output && schemaCheck(output),
  };
}
