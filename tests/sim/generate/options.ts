// What generated steps have beside their type: guards, retries, error handlers, time limits.

import { formatDuration } from "../../../core/duration.ts";
import type { RetryPolicy, StepDefinition } from "../../../engine/definition/types.ts";
import { type Draw } from "../../support/generate/values.ts";
import { FallbackDesk, type Place, weighted, type Workshop } from "./place.ts";
import { guard } from "./values.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** Mostly short; on both sides of the 30 s from which on a wait suspends; up to 60 days. */
export function duration(draw: Draw): string {
  const ms = weighted(draw, [
    [draw.int(1, 900), 10],
    [draw.int(1, 20) * SECOND, 6],
    [draw.pick([29_999, 30_000, 30_001]), 3],
    [draw.int(31, 600) * SECOND, 4],
    [draw.int(1, 48) * 60 * MINUTE, 2],
    [draw.int(3, 60) * DAY, 1],
  ]);
  return formatDuration(ms);
}

/** Of ms, so that it ends soon; longer ones are worth little more. */
export function shortDuration(draw: Draw): string {
  return formatDuration(weighted(draw, [[draw.int(1, 500), 4], [draw.int(1, 10) * SECOND, 2]]));
}

export function retry(draw: Draw): RetryPolicy {
  const backoff = draw.pick(["none", "linear", "exponential", "constant", undefined] as const);
  const isDelayed = draw.chance(0.7);
  return {
    max: weighted(draw, [[0, 1], [1, 4], [2, 4], [3, 2]]),
    ...(backoff && { backoff }),
    ...(isDelayed && { delay: weighted(draw, [[shortDuration(draw), 4], [duration(draw), 1]]) }),
    ...(draw.chance(0.25) && { max_delay: shortDuration(draw) }),
  };
}

/** Adds what any step may have; a step that is likely to fail is likely to be handled. */
export function addOptions(
  step: StepDefinition,
  options: { place: Place; shop: Workshop; likelyToFail: boolean },
): void {
  const { place, shop, likelyToFail } = options;
  const { draw } = shop;
  if (draw.chance(0.12)) step.condition = guard(draw, place);
  if (step.retry === undefined && draw.chance(likelyToFail ? 0.4 : 0.08)) step.retry = retry(draw);
  if (draw.chance(likelyToFail ? 0.75 : 0.25)) addHandler(step, place, shop);
  if (draw.chance(0.1)) step.on_interrupt = draw.pick(["suspend", "resume"]);
}

function addHandler(step: StepDefinition, place: Place, shop: Workshop): void {
  const { draw } = shop;
  const strategy = weighted(
    draw,
    [
      ["ignore", 4],
      ["fallback_step", place.desks.length > 0 ? 5 : 0],
      ["fail_workflow", 1],
      ["retry", 1],
    ] as const,
  );
  if (strategy !== "fallback_step") {
    step.on_error = { strategy };
    return;
  }
  const target = fallbackFor(step, place, shop);
  if (target !== undefined) step.on_error = { strategy, fallback_step: target };
}

/** A fallback among the siblings or further out; a new one, or one that others call too. */
function fallbackFor(step: StepDefinition, place: Place, shop: Workshop): string | undefined {
  const { draw } = shop;
  const out = draw.chance(0.3) ? draw.int(0, place.desks.length - 1) : 0;
  const desk = place.desks[out]!;
  const isKnown = desk.ids.length > 0 && !place.inFallback && draw.chance(0.4);
  if (!isKnown && shop.left <= 0) return undefined;
  const id = isKnown ? draw.pick(desk.ids) : newFallback(desk, shop);
  const isTopList = out === place.desks.length - 1;
  desk.callers.get(id)!.add(isTopList && place.top !== "" ? place.top : step.id);
  return id;
}

function newFallback(desk: FallbackDesk, shop: Workshop): string {
  const id = shop.newId("f");
  desk.ids.push(id);
  desk.callers.set(id, new Set());
  return id;
}
