// What of a definition whose form has faults can be checked for its meaning all the same.

import { copyJson } from "../../core/copy.ts";
import { parseJson } from "../../core/exact-json.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Issue } from "../api.ts";

/** Faults beyond which nobody mends all at once. */
const MOST_FAULTS = 100;

export interface SoundParts {
  /** The same steps in the same places; what has a fault is gone, or stands still. */
  definition: JsonObject;
  /** Whether which steps there are, and what each waits for, is what the author wrote. */
  orderIsKnown: boolean;
  /** Places, as a report writes them, of which nothing can be said. */
  unknown: string[];
}

/** Steps inside another, by the keys that lead there from it. */
const INSIDE = [
  ["config", "body", "#"],
  ["config", "default", "#"],
  ["config", "branches", "*", "#"],
];
/** Members without which a step is none, or another one. */
const VITAL: ReadonlySet<string> = new Set(["id", "type", "action", "config"]);
/** Members that say nothing of when the step runs. */
const APART: ReadonlySet<string> = new Set(["params", "timeout", "retry", "on_interrupt"]);
const MEANS_APART = /unknown key; did you mean "(?:params|timeout|retry)"\?$/;

/** The last member of a path. */
const OWN_MEMBER = /\.\w+$|\["(?:[^"\\]|\\.)*"\]$/;

/** Undefined where the faults are too many, or where it is not plain what they are about. */
export function soundParts(raw: JsonObject, faults: readonly Issue[]): SoundParts | undefined {
  if (faults.length > MOST_FAULTS) return undefined;
  const parts: SoundParts = { definition: copyJson(raw), orderIsKnown: true, unknown: [] };
  for (const fault of faults) if (!takeOut(fault, parts)) return undefined;
  return parts;
}

/** Whether it is gone. */
function takeOut({ path, message }: Issue, parts: SoundParts): boolean {
  const keys = keysOf(path);
  if (keys === undefined) return false;
  const [first] = keys;
  const depth = stepDepth(keys);
  if (depth === 0) {
    if (first === "steps" || first === undefined) return false;
    if (first === "defaults") parts.orderIsKnown = false;
    delete parts.definition[first];
    return true;
  }
  const holder = at(parts.definition, keys.slice(0, depth - 1));
  const name = keys[depth - 1]!;
  const step = at(holder, [name]);
  const member = keys[depth];
  if (holder === undefined) return false;
  const isThere = isObject(step) && member !== undefined && Object.hasOwn(step, member);
  if (isThere && !VITAL.has(member)) {
    if (!APART.has(member) && !MEANS_APART.test(message)) parts.orderIsKnown = false;
    // What was meant as params, or as one of them, is not there for the action.
    if (/\bparams\b/.test(message)) parts.unknown.push(`${path.replace(OWN_MEMBER, "")}.params`);
    delete step[member];
    return true;
  }
  parts.orderIsKnown = false;
  (holder as JsonObject)[name] = still(step, path);
  return true;
}

/** A step in the place of one that cannot be told what it is. */
function still(step: Json | undefined, path: string): JsonObject {
  const id = isObject(step) && typeof step.id === "string" && step.id !== "" ? step.id : path;
  return { id: id.slice(0, 200), type: "wait", config: { duration: "0s" } };
}

function at(value: Json | undefined, keys: readonly string[]): Json | undefined {
  let found = value;
  for (const key of keys) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as JsonObject)[key];
  }
  return found;
}

/** How many of the keys lead to the innermost step; 0 when there is none on the way. */
function stepDepth(keys: readonly string[]): number {
  let depth = keys[0] === "steps" && keys.length > 1
    ? 2
    : keys[0] === "on_complete" || keys[0] === "on_error"
    ? 1
    : 0;
  while (depth > 0) {
    const inside = INSIDE.find((way) =>
      way.length <= keys.length - depth &&
      way.every((key, i) => {
        const given = keys[depth + i]!;
        return key === "*" || (key === "#" ? /^\d+$/.test(given) : key === given);
      })
    );
    if (!inside) return depth;
    depth += inside.length;
  }
  return 0;
}

/** The keys of a path as a report writes it; undefined when one of them was cut. */
function keysOf(path: string): string[] | undefined {
  const keys: string[] = [];
  let left = path;
  while (left !== "") {
    const match = /^\.?([A-Za-z_$][\w$]*)|^\[(\d+)\]|^\[("(?:[^"\\]|\\.)*")\]/.exec(left);
    if (!match) return undefined;
    const [all, name, index, quoted] = match;
    if (quoted?.includes("…")) return undefined;
    keys.push(name ?? index ?? parseJson<string>(quoted!));
    left = left.slice(all.length);
  }
  return keys;
}
