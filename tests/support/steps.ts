// Short ways to write the steps of a test's workflow.

import type { JsonObject } from "../../core/json.ts";

export function echo(id: string, params: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return { id, action: "test.echo", params, ...more };
}

/** A step that waits until the test answers its call. */
export function external(id: string, more: JsonObject = {}): JsonObject {
  return { id, action: "test.external", ...more };
}

/** A step that fails, `times` times or always. */
export function failing(id: string, params: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return { id, action: "test.fail", params, ...more };
}

export function condition(
  id: string,
  expression: string,
  config: JsonObject,
  more: JsonObject = {},
): JsonObject {
  return { id, type: "condition", config: { expression, ...config }, ...more };
}

/** A for_each, unless `config` has another mode. */
export function loop(
  id: string,
  config: JsonObject,
  body: JsonObject[],
  more: JsonObject = {},
): JsonObject {
  return { id, type: "loop", config: { ...config, body }, ...more };
}

export function parallel(
  id: string,
  branches: JsonObject[][],
  mode: "all" | "race" = "all",
  more: JsonObject = {},
): JsonObject {
  return { id, type: "parallel", config: { branches, mode }, ...more };
}

export function wait(id: string, config: JsonObject, more: JsonObject = {}): JsonObject {
  return { id, type: "wait", config, ...more };
}

/** A question with the options yes and no, unless `config` has others. */
export function ask(id: string, config: JsonObject = {}, more: JsonObject = {}): JsonObject {
  const options = [{ id: "yes" }, { id: "no" }];
  return {
    id,
    type: "reasoning",
    config: { prompt_context: "go on?", options, ...config },
    ...more,
  };
}

/** What a step has that falls back to another one. */
export function fallback(fallback_step: string): JsonObject {
  return { on_error: { strategy: "fallback_step", fallback_step } };
}
