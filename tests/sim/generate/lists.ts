// Which lists of steps are generated: sequences inside of steps, and the graph at the top.

import type { StepDefinition } from "../../../engine/definition/types.ts";
import type { StepType } from "../step-type.ts";
import { type Draw } from "../../support/generate/values.ts";
import { type Earlier, earlier, FallbackDesk, type Place, type Workshop } from "./place.ts";
import { FLOW_TYPES, makeStep, stepType } from "./steps.ts";

/** Steps that run in the order of their list, those that only run when called among them. */
export function sequence(
  place: Place,
  shop: Workshop,
  { must }: { must?: StepType | undefined },
): StepDefinition[] {
  const { draw } = shop;
  const desk = new FallbackDesk();
  const desks = [desk, ...place.desks];
  const steps: StepDefinition[] = [];
  const before: Earlier[] = [...place.before];
  const size = Math.max(1, Math.min(draw.int(1, place.depth > 2 ? 2 : 3), shop.left));
  for (let i = 0; i < size; i++) {
    const here = { ...place, before: [...before], desks };
    const type = i === 0 && must ? must : stepType(here, shop);
    const step = makeStep(shop.newId("s"), type, here, shop);
    steps.push(step);
    before.push(earlier(step));
  }
  return withFallbacks(steps, desk, { ...place, desks }, shop);
}

/** A graph: each step may depend on any before it. */
export function graph(
  place: Place,
  shop: Workshop,
  { desk, size }: { desk: FallbackDesk; size: number },
): StepDefinition[] {
  const { draw, wishes } = shop;
  const steps: StepDefinition[] = [];
  const ancestors = new Map<string, Set<string>>();
  const seen = new Map<string, Earlier>();
  for (let i = 0; i < size && (i === 0 || shop.left > 0); i++) {
    const id = shop.newId("s");
    const dependsOn = draw.chance(0.65) ? someOf(draw, steps.map((step) => step.id)) : [];
    const above = new Set(dependsOn.flatMap((need) => [need, ...ancestors.get(need)!]));
    ancestors.set(id, above);
    const before = [...above].map((need) => seen.get(need)!);
    const here = { ...place, before };
    const type = wishes.length > 0 ? wishes[0]![0] : stepType(here, shop);
    const step = makeStep(id, type, here, shop);
    if (dependsOn.length > 0) step.depends_on = dependsOn;
    steps.push(step);
    seen.set(id, earlier(step));
  }
  const order = steps.map((step) => step.id);
  const all = withFallbacks(steps, desk, place, shop);
  dependOnFallback(all, { order, desk, draw });
  return all;
}

function someOf(draw: Draw, ids: readonly string[]): string[] {
  if (ids.length === 0) return [];
  return [...new Set(draw.many(1, 2, () => draw.pick(ids)))];
}

/** Puts the fallbacks that were asked for anywhere in the list: their place means nothing. */
function withFallbacks(
  steps: StepDefinition[],
  desk: FallbackDesk,
  place: Place,
  shop: Workshop,
): StepDefinition[] {
  const { draw } = shop;
  const all = [...steps];
  // A fallback may ask for another one meanwhile.
  while (desk.generated < desk.ids.length) {
    const id = desk.ids[desk.generated++]!;
    const here = { ...place, inFallback: true };
    const drawn = stepType(here, shop);
    const type = FLOW_TYPES.includes(drawn) && draw.chance(0.5) ? "action" : drawn;
    all.splice(draw.int(0, all.length), 0, makeStep(id, type, here, shop));
  }
  return all;
}

/** Lets a step wait for a fallback that it can neither call itself nor hold up. */
function dependOnFallback(
  all: StepDefinition[],
  { order, desk, draw }: { order: string[]; desk: FallbackDesk; draw: Draw },
): void {
  if (desk.ids.length === 0 || !draw.chance(0.3)) return;
  const id = draw.pick(desk.ids);
  const callers = [...desk.callers.get(id)!].map((caller) => order.indexOf(caller));
  // Called by another fallback: who calls that one is not looked into.
  if (callers.length === 0 || callers.includes(-1)) return;
  const later = order.slice(Math.max(...callers) + 1);
  if (later.length === 0) return;
  const waiting = draw.pick(later);
  const step = all.find((one) => one.id === waiting)!;
  step.depends_on = [...step.depends_on ?? [], id];
}
