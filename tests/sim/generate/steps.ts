// Which steps of each type are generated, with the lists that they hold.

import type { Json, JsonObject } from "../../../core/json.ts";
import type { StepDefinition } from "../../../engine/definition/types.ts";
import type { StepType } from "../step-type.ts";
import { actionStep } from "./actions.ts";
import { addOptions, duration, shortDuration } from "./options.ts";
import { type Place, weighted, type Workshop } from "./place.ts";
import { choice, over, reference } from "./values.ts";

/** Depth below which nothing is nested any more. */
const DEEPEST = 4;

export const FLOW_TYPES: readonly StepType[] = ["condition", "loop", "parallel"];

/** Draws a type that fits the place. */
export function stepType({ depth, hook }: Place, { draw, left }: Workshop): StepType {
  const flow = depth < DEEPEST && left > 2 ? (hook ? 1 : 5 - depth) : 0;
  return weighted<StepType>(draw, [
    ["action", 9],
    ["condition", flow],
    ["loop", flow],
    ["parallel", flow],
    ["wait", 2],
    ["reasoning", hook ? 0 : 2],
  ]);
}

/** A step of the type, with the steps in it. */
export function makeStep(
  id: string,
  type: StepType,
  place: Place,
  shop: Workshop,
): StepDefinition {
  if (type === "action") return actionStep(id, place, shop);
  const { draw } = shop;
  const isFlow = FLOW_TYPES.includes(type);
  const step: StepDefinition = { id, type };
  const limit = draw.chance(0.15);
  if (limit) step.timeout = weighted(draw, [[shortDuration(draw), 1], [duration(draw), 2]]);
  const inner: Place = {
    ...place,
    depth: place.depth + 1,
    inLoop: place.inLoop || type === "loop",
    bounded: place.bounded || (limit && isFlow),
    top: place.top === "" ? id : place.top,
  };
  // Options first: with them, inner steps and the step itself compete fairly for fallbacks.
  addOptions(step, { place, shop, likelyToFail: isFlow || type === "reasoning" });
  step.config = CONFIGS[type](inner, shop);
  return step;
}

type Config = (inner: Place, shop: Workshop) => JsonObject;

const CONFIGS: Record<Exclude<StepType, "action">, Config> = {
  condition(inner, shop) {
    const { draw } = shop;
    const { expression, keys } = choice(draw, inner);
    const chosen = keys.filter(() => draw.chance(0.7));
    const wish = wished("condition", inner, shop);
    const branches: JsonObject = {};
    chosen.forEach((key, i) => {
      const isEmpty = draw.chance(0.08);
      branches[key] = isEmpty ? [] : steps(inner, shop, { must: i === 0 ? wish : undefined });
    });
    const isDefault = chosen.length === 0 || draw.chance(0.4);
    const must = chosen.length === 0 ? wish : undefined;
    return {
      expression: draw.chance(0.1) ? `\${{ ${expression} }}` : expression,
      branches,
      ...(isDefault && { default: steps(inner, shop, { must }) }),
    };
  },

  loop(inner, shop) {
    const { draw } = shop;
    const mode = weighted(draw, [["for_each", 4], ["while", 2], ["until", 2]] as const);
    const config: JsonObject = {
      mode,
      body: steps(inner, shop, { must: wished("loop", inner, shop) }),
    };
    if (draw.chance(0.2)) config.max_iter = draw.int(1, 3);
    if (mode === "for_each") {
      config.over = over(draw, inner);
      if (draw.chance(0.5)) delete config.mode;
      if (draw.chance(0.4)) config.concurrency = draw.int(1, 3);
    } else if (draw.chance(0.15)) {
      config.condition = mode === "while" ? "true" : "false";
      config.max_iter = draw.int(1, 3);
    } else {
      const [{ id }] = config.body as unknown as [StepDefinition];
      config.condition = weighted(
        draw,
        mode === "while" ? whileConditions(id) : untilConditions(id),
      );
    }
    // Not drawn: stories keep what else happens in them.
    if (config.max_iter === 2) config.fail_on_exhausted = true;
    return config;
  },

  parallel(inner, shop) {
    const { draw } = shop;
    const mode = draw.pick(["all", "race", undefined] as const);
    const must = wished("parallel", inner, shop);
    const branches = draw.many(1, 3, (i) => {
      const isEmpty = i > 0 && draw.chance(0.05);
      return isEmpty ? [] : steps(inner, shop, { must: i === 0 ? must : undefined });
    });
    return { branches, ...(mode && { mode }) };
  },

  wait(inner, { draw }) {
    if (inner.hook) return { duration: shortDuration(draw) };
    const kind = weighted(draw, [["duration", 4], ["signal", 3], ["both", 3]] as const);
    return {
      ...(kind !== "signal" && { duration: duration(draw) }),
      ...(kind !== "duration" && {
        signal: draw.pick(["go", "stop", "done"]),
        ...(draw.chance(0.4) && { signals: "keep" }),
      }),
    };
  },

  reasoning(inner, { draw }) {
    const options = draw.chance(0.75) ? draw.many(1, 3, (i) => ({ id: `o${i}` })) : [];
    const data = draw.many(0, 2, (i): [string, Json] => [
      `d${i}`,
      draw.chance(0.5) ? `\${{${reference(draw, inner)}}}` : reference(draw, inner),
    ]);
    const fallback = options.length > 0 ? draw.pick(options).id : "anything";
    return {
      prompt_context: "which one, with n = ${{inputs.n}}?",
      ...(options.length > 0 && { options }),
      ...(data.length > 0 && { data_inject: Object.fromEntries(data) }),
      ...(draw.chance(0.4) && { timeout: duration(draw) }),
      ...(draw.chance(0.5) && { fallback }),
      ...(draw.chance(0.3) && { target_agent: draw.pick(["alice", "bob", ""]) }),
    };
  },
};

/** All come to an end; `id` is a step of the body. */
function whileConditions(id: string): [string, number][] {
  return [
    ["iter.index < 2", 4],
    ["iter.index < inputs.n", 2],
    ["false", 1],
    [`iter.index < 2 && steps.${id}.status != 'skipped'`, 2],
  ];
}

function untilConditions(id: string): [string, number][] {
  return [
    ["iter.index >= 1", 4],
    ["iter.index >= 0", 2],
    ["true", 1],
    [`iter.index >= 2 || steps.${id}.status == 'completed'`, 2],
    ["inputs.word", 1],
  ];
}

/** What a list of this step was wished to hold, unless it is too deep to hold more. */
function wished(parent: StepType, inner: Place, shop: Workshop): StepType | undefined {
  return shop.grant(
    parent,
    (child) => inner.depth < DEEPEST || !FLOW_TYPES.includes(child),
  );
}

function steps(inner: Place, shop: Workshop, options: { must?: StepType | undefined }): Json[] {
  return shop.sequence(inner, options) as unknown as Json[];
}
