// Steps for the tests of the checker.

import type { Json, JsonObject } from "../../../core/json.ts";
import type { StepDefinition } from "../../../engine/definition/types.ts";

type More = Partial<StepDefinition>;

/** A simulated action: a pure one that succeeds, unless more is said. */
export function act(id: string, params: JsonObject = {}, more: More = {}): StepDefinition {
  return { id, action: "sim.pure", params: { id, behave: "ok", ...params }, ...more };
}

export function condition(
  id: string,
  expression: string,
  branches: Record<string, StepDefinition[]>,
  otherwise?: StepDefinition[],
): StepDefinition {
  const config = { expression, branches, ...(otherwise && { default: otherwise }) };
  return { id, type: "condition", config: config as unknown as JsonObject };
}

/** `concurrency` and `max_iter` go to its config, all else to the step. */
export function forEach(
  id: string,
  over: Json,
  body: StepDefinition[],
  { concurrency, max_iter, ...more }: More & { concurrency?: number; max_iter?: number } = {},
): StepDefinition {
  const config = {
    over,
    body,
    ...(concurrency && { concurrency }),
    ...(max_iter && { max_iter }),
  };
  return { id, type: "loop", config: config as unknown as JsonObject, ...more };
}

export function parallel(
  id: string,
  branches: StepDefinition[][],
  mode: "all" | "race" = "all",
): StepDefinition {
  return { id, type: "parallel", config: { branches, mode } as unknown as JsonObject };
}

export function wait(id: string, config: JsonObject, more: More = {}): StepDefinition {
  return { id, type: "wait", config, ...more };
}

export function reasoning(id: string, config: object, more: More = {}): StepDefinition {
  return { id, type: "reasoning", config: config as JsonObject, ...more };
}
