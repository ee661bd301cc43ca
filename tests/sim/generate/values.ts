// Which values, references and expressions generated steps hold: forms that the checker can resolve.

import type { Json, JsonObject } from "../../../core/json.ts";
import { type Draw } from "../../support/generate/values.ts";
import { type Place, weighted } from "./place.ts";

/** Default inputs of every generated template; runs override some of them. */
export function defaultInputs(draw: Draw): JsonObject {
  return {
    n: draw.int(0, 5),
    flag: draw.chance(0.6),
    word: draw.pick(["red", "blue", "green"]),
    ratio: draw.pick([2.5, 5, 0.5, 1e6]),
    items: itemList(draw),
  };
}

/** What a run gives instead of the defaults. */
export function someInputs(draw: Draw): JsonObject {
  const entries = Object.entries(defaultInputs(draw)).filter(() => draw.chance(0.4));
  return Object.fromEntries(entries);
}

export function itemList(draw: Draw): Json[] {
  const size = weighted(draw, [[0, 1], [1, 3], [2, 6], [3, 5], [4, 2]]);
  return Array.from({ length: size }, (_, i) => draw.pick<Json>([i, `item${i}`, { at: i }, null]));
}

/** A param's value: a constant, a reference, or a structure that holds one. */
export function value(draw: Draw, place: Place): Json {
  return weighted<() => Json>(draw, [
    [() => draw.pick<Json>([1, "text", true, null, { deep: [1, { x: 2 }] }]), 3],
    [() => itemList(draw), 2],
    [() => `\${{${reference(draw, place)}}}`, 5],
    [() => ({ from: `\${{${reference(draw, place)}}}`, also: `n=\${{inputs.n}}` }), 2],
    [() => `of ${place.depth}: \${{${reference(draw, place)}}} and \${{inputs.word}}`, 2],
  ])();
}

/** The inside of a token: a path to a step before, an input, the context or the loop around. */
export function reference(draw: Draw, { before, inLoop }: Place): string {
  const forms: string[] = ["inputs.n", "inputs.items", "context.k", "workflow.template_name"];
  if (inLoop) forms.push("loop.item", "loop.index", "loop.item", "loop.index");
  if (before.length > 0) {
    const step = draw.pick(before);
    const name = draw.chance(0.3) ? `steps['${step.id}']` : `steps.${step.id}`;
    forms.push(`${name}.status`, `${name}.output`, `${name}.output`);
    if (step.sim) forms.push(`${name}.output.value`, `${name}.output.attempt`, `${name}.output.id`);
  }
  return draw.pick(forms);
}

/** CEL that is true or false; one in twenty fails. */
export function guard(draw: Draw, place: Place): string {
  if (draw.chance(0.05)) return draw.pick(["inputs.n", "inputs.missing.deeper == 1", "1/0 == 1"]);
  const forms = [
    "true",
    "inputs.flag",
    "inputs.n > 1",
    "inputs.n % 2 == 0",
    "inputs.word != 'red'",
  ];
  if (draw.chance(0.2)) forms.push("false", "context.k == 1");
  if (place.inLoop) forms.push("iter.index < 2", "iter.index % 2 == 0");
  if (place.before.length > 0) {
    const { id } = draw.pick(place.before);
    forms.push(`steps.${id}.status == 'completed'`, `steps['${id}'].status != 'skipped'`);
  }
  return draw.pick(forms);
}

/** CEL that picks a branch, and the keys that it may yield. */
export function choice(draw: Draw, place: Place): { expression: string; keys: string[] } {
  const forms: { expression: string; keys: string[] }[] = [
    { expression: "inputs.flag", keys: ["true", "false"] },
    { expression: "inputs.n > 2", keys: ["true", "false"] },
    { expression: "inputs.word", keys: ["red", "blue", "green"] },
    { expression: "inputs.n % 3", keys: ["0", "1", "2"] },
    { expression: "inputs.ratio", keys: ["2.5", "5", "0.5", "1000000"] },
    { expression: draw.pick(["5.0", "null", "'red'"]), keys: ["5", "null", "red"] },
  ];
  if (place.inLoop) forms.push({ expression: "iter.index", keys: ["0", "1", "2"] });
  if (place.before.length > 0) {
    const { id } = draw.pick(place.before);
    forms.push({ expression: `steps.${id}.status`, keys: ["completed", "skipped", "failed"] });
  }
  if (draw.chance(0.03)) return { expression: "1/0 == 1", keys: ["true"] };
  return draw.pick(forms);
}

/** What a for_each goes over, in each of the forms that the language knows. */
export function over(draw: Draw, { before }: Place): Json {
  const lists = before.filter(({ list }) => list);
  if (lists.length > 0 && draw.chance(0.5)) {
    const { id } = draw.pick(lists);
    // Null, and so a failure, when that step was skipped.
    return draw.pick([`\${{steps.${id}.output.value}}`, `steps.${id}.output.value`]);
  }
  return weighted<() => Json>(draw, [
    [() => itemList(draw), 4],
    [() => ["a", "${{inputs.n}}", { word: "${{inputs.word}}" }], 2],
    [() => "${{inputs.items}}", 3],
    [() => "inputs.items", 3],
    [() => JSON.stringify(itemList(draw)), 2],
    [() => "inputs.word", 1],
  ])();
}
