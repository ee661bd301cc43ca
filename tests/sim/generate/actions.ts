// Which action steps are generated: the simulated ones, and those that concern the run itself.

import type { JsonObject } from "../../../core/json.ts";
import type { StepDefinition } from "../../../engine/definition/types.ts";
import { addOptions, retry, shortDuration } from "./options.ts";
import { type Place, weighted, type Workshop } from "./place.ts";
import { someInputs, value } from "./values.ts";

/** An action step with params that suit its action. */
export function actionStep(id: string, place: Place, shop: Workshop): StepDefinition {
  const { draw } = shop;
  const action = weighted(
    draw,
    [
      ["sim.external", 9],
      ["sim.pure", 6],
      ["sim.repeatable", 4],
      ["workflow.context", 2],
      ["workflow.emit", 1],
      ["workflow.run", shop.child === null || place.hook ? 0 : 3],
      ["workflow.fail", place.hook ? 0 : 1],
    ] as const,
  );
  const step: StepDefinition = { id, action, params: {} };
  let likelyToFail = false;
  switch (action) {
    case "workflow.context":
      step.params = { action: "update", data: { [`u_${id}`]: value(draw, place) } };
      break;
    case "workflow.emit":
      step.params = { event_type: "progress", payload: value(draw, place) };
      break;
    case "workflow.run":
      step.params = { template_name: shop.child!, params: childParams(place, shop) };
      if (draw.chance(0.15)) step.timeout = shortDuration(draw);
      likelyToFail = true;
      break;
    case "workflow.fail":
      // Rarely reached, or most runs would end here.
      step.params = { reason: `${id} gives up` };
      step.condition = draw.pick(["inputs.n == 0", "inputs.n == 5", "false"]);
      return step;
    default:
      likelyToFail = addBehaviour(step, place, shop);
  }
  addOptions(step, { place, shop, likelyToFail });
  return step;
}

function childParams(place: Place, { draw }: Workshop): JsonObject {
  const params = someInputs(draw);
  if (draw.chance(0.3)) params.extra = value(draw, place);
  if (draw.chance(0.3)) params.n = draw.pick(["${{inputs.n}}", 3]);
  return params;
}

/** Gives a simulated action its params; returns whether it may well fail. */
function addBehaviour(step: StepDefinition, place: Place, shop: Workshop): boolean {
  const { draw } = shop;
  const isPure = step.action === "sim.pure";
  const manner = weighted(
    draw,
    [
      ["ok", 14],
      ["flaky", 3],
      ["fail", 2],
      ["fail_hard", 1],
      ["slow", isPure ? 0 : 5],
      ["hang", isPure ? 0 : 1],
    ] as const,
  );
  const isTimed = !isPure && draw.chance(manner === "ok" ? 0.08 : 0.35);
  if (isTimed || (manner === "hang" && !place.bounded)) step.timeout = shortDuration(draw);
  if (manner === "flaky" && draw.chance(0.8)) step.retry = retry(draw);
  const amount = manner === "flaky"
    ? `:${draw.int(1, 2)}`
    : manner === "slow"
    ? `:${weighted(draw, [[draw.int(1, 300), 5], [draw.int(1_000, 20_000), 2], [45_000, 1]])}`
    : "";
  step.params = { id: step.id, behave: `${manner}${amount}` };
  if (draw.chance(0.7)) step.params.value = value(draw, place);
  return manner === "fail" || manner === "fail_hard" || manner === "flaky" || isTimed;
}
