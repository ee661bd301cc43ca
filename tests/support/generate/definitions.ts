// Which workflow definitions generated calls define: ones that may run, and harm nothing when they do.

import type { Json, JsonObject } from "../../../core/json.ts";
import { type Draw, json, scalar, text } from "./values.ts";

/** The template that generated steps may run as a child; it starts no further ones. */
export const LEAF = "leaf";

export const LEAF_DEFINITION: JsonObject = {
  steps: [{ id: "a", action: "assert.equals", params: { expected: 1, actual: 1 } }],
};

type Params = (draw: Draw, earlier: string[]) => JsonObject;

/** Only actions without effects outside the daemon. */
const ACTIONS: Record<string, Params> = {
  "crypto.hash": (draw, earlier) => ({ data: operand(draw, earlier) }),
  "crypto.hmac": (draw, earlier) => ({ data: operand(draw, earlier), key: text(draw) }),
  "crypto.uuid": () => ({}),
  "assert.equals": (draw, earlier) => ({
    expected: operand(draw, earlier),
    actual: operand(draw, earlier),
  }),
  "assert.contains": (draw, earlier) => ({
    haystack: draw.chance(0.5) ? [1, "a", null] : text(draw),
    needle: operand(draw, earlier),
  }),
  "assert.matches": (draw) => ({ value: text(draw), pattern: draw.pick(["a+", "(", "(a+)+$"]) }),
  "assert.schema": (draw, earlier) => ({
    data: operand(draw, earlier),
    schema: draw.pick<JsonObject>([{ type: "object" }, { type: "nope" }, {}, { $ref: "#" }]),
  }),
  "workflow.emit": (draw) => ({
    event_type: draw.pick(["done", "e.1", "a_b-c"]),
    payload: json(draw),
  }),
  "workflow.log": (draw) => ({ message: text(draw), data: json(draw), level: "debug" }),
  "workflow.context": (draw): JsonObject =>
    draw.chance(0.5)
      ? { action: "update", data: { x: scalar(draw) }, agent_notes: text(draw) }
      : { action: "read" },
  "workflow.fail": (draw) => ({ reason: text(draw) }),
  "workflow.notify": (draw) => ({ message: text(draw), data: json(draw) }),
  "workflow.run": (draw) => ({ template_name: LEAF, params: { x: scalar(draw) } }),
};

function operand(draw: Draw, earlier: string[]): Json {
  if (draw.chance(0.4)) return scalar(draw);
  const tokens = [
    "${{inputs.x}}",
    "n is ${{inputs.n}}",
    "${{context.x}}",
    "${{workflow.run_id}}",
    "${{inputs.nowhere.deep}}",
    ...earlier.flatMap((id) => [`\${{steps.${id}.output}}`, `\${{steps.${id}.status}}`]),
  ];
  return draw.pick(tokens);
}

const GUARDS = ["true", "false", "inputs.x == 1", "size(steps) > 0", "1 + 'a'", "inputs.n > 3"];

/** A definition that is mostly well-formed. */
export function definition(draw: Draw): JsonObject {
  const ids: string[] = [];
  const steps = draw.many(1, draw.chance(0.02) ? 60 : 5, (index) => {
    const step = generatedStep(draw, `s${index}`, ids);
    ids.push(`s${index}`);
    return step;
  });
  return {
    steps,
    ...(draw.chance(0.2) && { inputs: { x: scalar(draw), n: "${{inputs.x}}" } }),
    ...(draw.chance(0.2) && { context: { intent: text(draw), x: json(draw) } }),
    ...(draw.chance(0.1) && { timeout: draw.pick(["1s", "1m", "5ms"]) }),
    ...(draw.chance(0.1) && { on_timeout: draw.pick(["fail", "suspend", "cancel"]) }),
    ...(draw.chance(0.1) && { on_complete: generatedStep(draw, "done", []) }),
    ...(draw.chance(0.1) && { on_error: generatedStep(draw, "mourn", []) }),
    ...(draw.chance(0.1) && { metadata: { m: json(draw) } }),
  };
}

function generatedStep(draw: Draw, id: string, earlier: string[]): JsonObject {
  const action = draw.pick(Object.keys(ACTIONS));
  const params = ACTIONS[action]!(draw, earlier);
  const depends = earlier.filter(() => draw.chance(0.4));
  return {
    id,
    action,
    params,
    ...(depends.length > 0 && { depends_on: depends }),
    ...(draw.chance(0.2) && { condition: draw.pick(GUARDS) }),
    ...(draw.chance(0.15) && {
      retry: { max: draw.int(0, 2), delay: draw.pick(["0s", "1ms", "1h"]), backoff: "constant" },
    }),
    ...(draw.chance(0.1) && { timeout: draw.pick(["10ms", "1s"]) }),
    ...(draw.chance(0.15) && {
      on_error: { strategy: draw.pick(["ignore", "fail_workflow", "retry"]) },
    }),
  };
}
