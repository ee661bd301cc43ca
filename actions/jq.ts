// jq.transform: reshapes JSON with a jq program.

import type { Json, JsonObject } from "../core/json.ts";
import type { Action } from "./action.ts";

const transform: Action = {
  name: "jq.transform",
  description:
    "Runs a jq program (1.8, with gojq's order of keys) on data and answers what it gives.",
  example: { filter: "map(.id)", data: "${{inputs.orders}}" },
  effects: "none",
  expressions: { filter: "jq" },
  inPlaceOfScope: "data",
  words: ["filter"],
  input: {
    type: "object",
    properties: {
      filter: { type: "string", minLength: 1, description: "The program, such as `map(.id)`." },
      data: {
        description: "What `.` is; without it, {steps, inputs, workflow, context, loop, iter}.",
      },
    },
    required: ["filter"],
  },
  output: {
    type: "object",
    properties: {
      result: { description: "Its one answer; null for none, an array of several." },
    },
    required: ["result"],
  },
  async execute(params: JsonObject, context): Promise<Json> {
    const source = params.filter as string;
    const data = Object.hasOwn(params, "data")
      ? params.data!
      : context.scope({ engine: "jq", source });
    return { result: await context.evaluate({ engine: "jq", source, data, mode: "value" }) };
  },
};

export const jqActions: readonly Action[] = [transform];
