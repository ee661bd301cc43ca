// How one step of a definition becomes a PlanStep, and which steps it is tied to.

import type { ActionRegistry } from "../../actions/action.ts";
import { prepareParams } from "../../actions/params.ts";
import { parseDuration } from "../../core/duration.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Slices } from "../../core/slices.ts";
import type { CelProgram } from "../../embed/cel.ts";
import { compileValue } from "../interpolate/compile.ts";
import type { CompileTools } from "../steps/type.ts";
import { stepType } from "../steps/types.ts";
import { childLists } from "./children.ts";
import type {
  ChildListPlan,
  FallbackPlan,
  PlanList,
  PlanRetry,
  PlanStep,
  StepRole,
} from "./plan.ts";
import type { RetryPolicy, StepDefinition, WorkflowDefinition } from "./types.ts";

/** How long a hook without a timeout of its own may take. */
const HOOK_TIMEOUT_MS = 30_000;

/** What compiling a step needs beside the step. */
export interface Parts {
  definition: WorkflowDefinition;
  registry: ActionRegistry;
  compileCel: ((source: string) => CelProgram) | undefined;
  /** Whether it is CEL by its syntax. */
  isCel(source: string): boolean;
  slices: Slices;
}

/** Compiles a step with all that is in it; what ties it to others comes later. */
export async function compileStep(
  step: StepDefinition,
  index: number,
  parts: Parts,
  role: StepRole = "step",
): Promise<PlanStep> {
  const { definition, registry, compileCel, slices } = parts;
  if (slices.due) await slices.pause();
  const type = stepType(step.type) ?? null;
  const action = type ? undefined : registry.get(step.action ?? "");
  const lists = await compileLists(step, parts);
  return {
    index,
    id: step.id,
    type,
    role,
    actionName: step.action ?? "",
    action,
    config: type && type.compile(step.config ?? {}, toolsFor(step, lists, parts)),
    lists,
    params: compileValue(step.params ?? {}, { compileCel }),
    prepare: action ? await prepareParams(action) : (params: Json) => params as JsonObject,
    dependencies: [],
    dependents: [],
    guard: step.condition === undefined ? null : compileCel!(step.condition),
    guardSource: step.condition ?? null,
    timeoutMs: step.timeout !== undefined
      ? parseDuration(step.timeout)
      : role === "step"
      ? null
      : HOOK_TIMEOUT_MS,
    retry: step.retry ? compileRetry(step.retry) : null,
    onError: step.on_error?.strategy ?? null,
    fallback: null,
    calls: [],
    callers: [],
    resumeOnInterrupt: (step.on_interrupt ?? definition.on_interrupt) === "resume",
  };
}

async function compileLists(step: StepDefinition, parts: Parts): Promise<ChildListPlan[]> {
  const lists: ChildListPlan[] = [];
  for (const { where, namespace, repeats, steps } of childLists(step)) {
    lists.push({ where, namespace, repeats, plan: await compileSequence(steps, parts) });
  }
  return lists;
}

function toolsFor(
  step: StepDefinition,
  lists: readonly ChildListPlan[],
  { compileCel, isCel }: Parts,
): CompileTools {
  const value = (authored: Json) => compileValue(authored, { compileCel });
  return {
    step,
    lists,
    value,
    template: (text) => text === undefined ? null : value(text),
    cel: (source) => compileCel!(source),
    isCel,
  };
}

async function compileSequence(steps: readonly StepDefinition[], parts: Parts): Promise<PlanList> {
  const compiled: PlanStep[] = [];
  for (const step of steps) compiled.push(await compileStep(step, compiled.length, parts));
  return { steps: compiled, byId: new Map(compiled.map((step) => [step.id, step])) };
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

/** Turns the ids in `depends_on` into positions, in both directions. */
export function linkDependencies(list: PlanList, definitions: readonly StepDefinition[]): void {
  definitions.forEach(({ depends_on }, i) => {
    const step = list.steps[i]!;
    for (const id of new Set(depends_on)) {
      const dependency = list.byId.get(id)!;
      step.dependencies.push(dependency.index);
      dependency.dependents.push(step.index);
    }
  });
}

/** A list being linked, and the step around it with its own list. */
interface Level {
  list: PlanList;
  around: { step: PlanStep; level: Level } | null;
}

/** Ties the steps of a list, and all inside them, to those that they fall back to. */
export function linkCalls(
  list: PlanList,
  definitions: readonly StepDefinition[],
  around: Level["around"] = null,
): void {
  const level: Level = { list, around };
  definitions.forEach((definition, i) => {
    const step = list.steps[i]!;
    const { strategy, fallback_step } = definition.on_error ?? {};
    if (strategy === "fallback_step") tie(step, fallback_step!, level);
    childLists(definition).forEach(({ steps }, n) =>
      linkCalls(step.lists[n]!.plan, steps, { step, level })
    );
  });
}

function tie(step: PlanStep, id: string, level: Level): void {
  let outwards = 0;
  let caller = step;
  for (let at = level;; at = at.around!.level) {
    const target = at.list.byId.get(id);
    if (target) {
      step.fallback = { outwards, index: target.index } satisfies FallbackPlan;
      target.role = "fallback";
      if (!caller.calls.includes(target.index)) caller.calls.push(target.index);
      if (!target.callers.includes(caller.index)) target.callers.push(caller.index);
      return;
    }
    caller = at.around!.step;
    outwards++;
  }
}
