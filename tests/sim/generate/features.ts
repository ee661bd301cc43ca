// What a scenario holds that a simulator should meet: step types, nesting pairs, options, signals.

import type { StepDefinition, WorkflowDefinition } from "../../../engine/definition/types.ts";
import type { LoopConfig } from "../../../engine/steps/loop.ts";
import type { ParallelConfig } from "../../../engine/steps/parallel.ts";
import type { WaitConfig } from "../../../engine/steps/wait.ts";
import { childLists } from "../../../engine/definition/children.ts";
import type { Scenario } from "./scenario.ts";

/** Names of all that is in it: `type:loop`, `loop>wait`, `signal:data`, `on_error:ignore`, … */
export function featuresOf({ templates, signals }: Scenario): Set<string> {
  const features = new Set<string>();
  for (const { definition } of templates) addDefinition(definition, features);
  for (const { kind, invalid } of signals) {
    features.add(invalid ? "signal:invalid" : `signal:${kind}`);
  }
  return features;
}

function addDefinition(definition: WorkflowDefinition, features: Set<string>): void {
  for (const step of definition.steps) addStep(step, features);
  for (const name of ["on_complete", "on_error"] as const) {
    const hook = definition[name];
    if (!hook) continue;
    features.add(`hook:${name}`);
    addStep(hook, features);
  }
  if (definition.timeout !== undefined) features.add(`on_timeout:${definition.on_timeout}`);
  if (definition.on_interrupt) features.add(`on_interrupt:${definition.on_interrupt}`);
}

function addStep(step: StepDefinition, features: Set<string>): void {
  const type = step.type ?? "action";
  features.add(`type:${type}`);
  if (step.action) features.add(`action:${step.action}`);
  if (step.condition !== undefined) features.add("guard");
  if (step.depends_on) features.add("depends_on");
  if (step.timeout !== undefined) features.add(`timeout:${type}`);
  if (step.retry) features.add(`backoff:${step.retry.backoff ?? "absent"}`);
  if (step.on_error) features.add(`on_error:${step.on_error.strategy}`);
  for (const variant of variantsOf(step)) features.add(variant);
  for (const { steps } of childLists(step)) {
    for (const child of steps) {
      features.add(`${type}>${child.type ?? "action"}`);
      addStep(child, features);
    }
  }
}

function variantsOf({ type, config, params }: StepDefinition): string[] {
  switch (type) {
    case "loop": {
      const { mode = "for_each", concurrency = 1 } = config as unknown as LoopConfig;
      return concurrency > 1 ? [`loop:${mode}`, "loop:concurrent"] : [`loop:${mode}`];
    }
    case "parallel":
      return [`parallel:${(config as unknown as ParallelConfig).mode ?? "all"}`];
    case "wait": {
      const { duration, signal, signals } = config as WaitConfig;
      const kind = [duration && "duration", signal && "signal"].filter(Boolean).join("+");
      return [`wait:${kind}`, ...(signals ? ["wait:keep"] : [])];
    }
    case "reasoning":
      return Object.keys(config!).map((key) => `reasoning:${key}`);
    case undefined:
    case "action":
      return typeof params?.behave === "string" ? [`behave:${params.behave.split(":")[0]}`] : [];
    default:
      return [];
  }
}

/** How many of the scenarios hold each feature, by name. */
export function countFeatures(scenarios: Iterable<Scenario>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const scenario of scenarios) {
    for (const feature of featuresOf(scenario)) {
      counts.set(feature, (counts.get(feature) ?? 0) + 1);
    }
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
