// expr.eval: computes with what the workflow has so far, in Expr-lang.

import type { Json, JsonObject } from "../core/json.ts";
import type { Action, ActionContext } from "./action.ts";

const evaluate: Action = {
  name: "expr.eval",
  description:
    "Evaluates an expression in Expr-lang over steps, inputs, workflow, context, data and, in a " +
    "loop, loop and iter. Write names of variables into it, not ${{ }} tokens.",
  example: { expression: "filter(data, # > 2)", data: "${{inputs.numbers}}" },
  effects: "none",
  expressions: { expression: "expr" },
  words: ["expression"],
  input: {
    type: "object",
    properties: {
      expression: {
        type: "string",
        minLength: 1,
        description: "The expression.",
        examples: ["filter(steps.fetch.body.items, .price > inputs.limit) | map(.id)"],
      },
      data: { description: "Any value; the expression sees it as data." },
    },
    required: ["expression"],
  },
  output: {
    type: "object",
    properties: {
      result: {
        description: "Dates are RFC 3339 text, durations nanoseconds, keys of maps text.",
      },
    },
    required: ["result"],
  },
  execute(params, context) {
    const source = params.expression as string;
    const data = environment(params, { context, source });
    const result = context.evaluate({ engine: "expr", source, data, mode: "value" });
    return result instanceof Promise ? result.then((result) => ({ result })) : { result };
  },
};

/**
 * The variables: inputs by their names, under what is always there, under the `data` of the params.
 */
function environment(
  params: JsonObject,
  { context, source }: { context: ActionContext; source: string },
): Json {
  const scope = context.scope({ engine: "expr", source });
  return {
    ...(scope.inputs as JsonObject),
    workflow_id: context.runId,
    step_id: context.stepId,
    agent_id: context.agentId,
    ...scope,
    ...(Object.hasOwn(params, "data") && { data: params.data! }),
  };
}

export const exprActions: readonly Action[] = [evaluate];
