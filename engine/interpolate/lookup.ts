// Which value a path names in a scope.

import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { malformed, missing } from "./errors.ts";
import type { Token } from "./parse.ts";
import type { Path, Segment } from "./path.ts";
import { readsOf } from "./references.ts";
import type { Scope } from "./scope.ts";

/** Where `decision.link` may stand. */
export const DECISION_PLACES =
  "decision.link stands only in prompt_context, in the description of an option, or in data_inject, " +
  "of a reasoning step";

/** The value itself, not a copy; INTERPOLATION_ERROR listing what there is when it is missing. */
export function lookUp(path: Path, scope: Scope): Json {
  switch (path.namespace) {
    case "steps":
      return stepValue(path, scope);
    case "inputs":
      return inputValue(path, scope);
    case "workflow":
    case "context":
      return objectValue(path, scope[path.namespace]);
    case "loop":
      return loopValue(path, scope);
    case "secrets":
      return scope.secret(path.segments[0]!.key);
    case "decision":
      return decisionValue(path, scope);
  }
}

/**
 * Refuses a token that gave null and is to be a part of a text, in which that would read like data: if
 * it reads, without asking, the output of a step that somebody has passed over.
 */
export function refuseNullInText(token: Token, scope: Scope): void {
  for (const { namespace, keys: [id], guarded } of readsOf(token)) {
    if (namespace === "steps" && !guarded) refusePassedOver(id!, token, scope);
  }
}

function refusePassedOver(id: string, token: Token, scope: Scope): void {
  const begin = scope.step(id)?.passedOver;
  if (begin === undefined) return;
  throw malformed(
    token.expression,
    `step "${id}" was skipped by a signal: it has no output, and "null" would stand in this text; ` +
      `skip this step too, or do "${id}" in a new run (from_run, from_step "${begin}")`,
  );
}

function stepValue(path: Path, scope: Scope): Json {
  const [{ key: id }, member] = path.segments as [Segment, Segment?];
  const step = scope.step(id);
  if (step === undefined) throw missing(path.expression, `no step "${id}"`, scope.stepIds());
  if (member?.key === "status") return descend(path, step.status, 2);
  if (member?.key === "error" && step.error) return descend(path, step.error, 2);
  // A step that was skipped, or failed and was handled, has no output: that is null, at any depth.
  if (step.output === undefined) return null;
  if (member === undefined) return step.output;
  return descend(path, step.output, member.key === "output" ? 2 : 1);
}

function inputValue(path: Path, scope: Scope): Json {
  const whole = path.remainder === null ? undefined : scope.input(path.remainder);
  if (whole !== undefined) return whole;
  const name = path.segments[0]!.key;
  const value = scope.input(name);
  if (value !== undefined) return descend(path, value, 1);
  throw missing(path.expression, `no input "${name}"`, scope.inputNames());
}

function objectValue(path: Path, object: JsonObject): Json {
  if (path.remainder !== null && Object.hasOwn(object, path.remainder)) {
    return object[path.remainder]!;
  }
  return descend(path, object, 0);
}

function loopValue(path: Path, scope: Scope): Json {
  if (!scope.loop) throw malformed(path.expression, "there is no loop around this step");
  const { item, index } = scope.loop;
  const name = path.segments[0]!.key;
  if (name === "item") return descend(path, item, 1);
  if (name === "index") return descend(path, index, 1);
  throw missing(path.expression, `no field "${name}" in loop`, ["item", "index"]);
}

function decisionValue({ expression, segments }: Path, { link }: Scope): Json {
  if (!link) throw malformed(expression, DECISION_PLACES);
  const [{ key }, more] = segments as [Segment, Segment?];
  if (key === "link" && more === undefined) return link();
  throw missing(expression, `no field "${segments.map((one) => one.key).join(".")}" in decision`, [
    "link",
  ]);
}

/** Follows the segments from `start` on; own properties only. */
function descend(path: Path, from: Json, start: number): Json {
  let value = from;
  for (let i = start; i < path.segments.length; i++) {
    const next = child(value, path.segments[i]!);
    if (next === undefined) throw notThere(path, value, i);
    value = next;
  }
  return value;
}

function child(value: Json, { key, index }: Segment): Json | undefined {
  if (Array.isArray(value)) return index === null ? undefined : value.at(index);
  if (isObject(value) && Object.hasOwn(value, key)) return value[key];
  return undefined;
}

function notThere(path: Path, value: Json, position: number): Error {
  const { key, index } = path.segments[position]!;
  const where = [path.namespace, ...path.segments.slice(0, position).map((s) => s.key)].join(".");
  if (Array.isArray(value)) {
    const problem = index === null ? `"${key}" is not an index` : `index ${index} is out of range`;
    return missing(path.expression, `${problem}: ${where} is an array of ${value.length}`);
  }
  if (!isObject(value)) {
    const kind = value === null ? "null" : `a ${typeof value}`;
    return missing(path.expression, `no field "${key}" in ${where}, which is ${kind}`);
  }
  return missing(path.expression, `no field "${key}" in ${where}`, Object.keys(value));
}
