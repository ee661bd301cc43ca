// How the members of triggers are read, whatever their kind: each wrong one is named where it stands.

import { faultAt } from "../core/fault-at.ts";
import { isObject, type Json, type JsonObject } from "../core/json.ts";
import { nearest } from "../core/nearest.ts";
import { quoted } from "../core/text.ts";
import { unknownName } from "../core/unknown.ts";
import type { TriggerFaults } from "./trigger-faults.ts";
import { checkIdentifier } from "./identifiers.ts";
import { isSecretName } from "./vault/rules.ts";

/** Triggers of one kind of one template. */
export const MOST_TRIGGERS = 100;

/**
 * Throws VALIDATION_ERROR for a member that is none of those known. `what`: what it is not, such as "a
 * kind of trigger". `meant`: names of ours by what others call them.
 */
export function refuseUnknown(
  given: JsonObject,
  known: readonly string[],
  path: string,
  words: { what: string; meant?: Readonly<Record<string, string>> },
): void {
  const unknown = unknownName(Object.keys(given), known, { ...words, lists: true });
  if (unknown) throw faultAt(`${path}.${unknown.name}`, unknown.rule);
}

/** Where a list of triggers stands in the request, and how one of it is written, as JSON. */
export interface TriggerList {
  at: string;
  example: string;
}

/**
 * What `read` makes of each object of a list of triggers, undefined for one that has faults; no two may
 * have one name.
 */
export function readEach<T extends { name: string; path: string }>(
  list: Json,
  { at, example }: TriggerList,
  faults: TriggerFaults,
  read: (given: JsonObject, path: string, index: number) => T | undefined,
): T[] {
  const all = faults.take(() => listOf(list, at, example)) ?? [];
  const found = all.map((given, index) => {
    const path = `${at}[${index}]`;
    const object = faults.take(() => {
      if (isObject(given)) return given;
      throw faultAt(path, `must be an object, such as ${example}`);
    });
    return object && read(object, path, index);
  }).filter((trigger) => trigger !== undefined);
  const names = new Set<string>();
  return found.filter(({ name, path }) =>
    faults.take(() => {
      if (names.has(name)) {
        throw faultAt(`${path}.name`, `"${name}" is the name of another trigger already`);
      }
      return names.add(name);
    })
  );
}

function listOf(list: Json, at: string, example: string): Json[] {
  if (!Array.isArray(list)) throw faultAt(at, `must be an array, such as [${example}]`);
  if (list.length > MOST_TRIGGERS) throw faultAt(at, `must have at most ${MOST_TRIGGERS} elements`);
  return list;
}

/** A trigger's name; the dot stands between it and the template's. */
export function nameAt(path: string, value: Json): string {
  const name = checkIdentifier(path, value);
  if (name.includes(".")) throw faultAt(path, "must have no dot");
  return name;
}

/** One of these words; a slip is told which was probably meant. */
export function wordAt<T extends string>(
  path: string,
  value: Json | undefined,
  words: readonly T[],
): T {
  if (words.includes(value as T)) return value as T;
  const near = typeof value === "string" ? nearest(value, words) : undefined;
  const hint = near === undefined ? "" : `; did you mean ${quoted(near)}?`;
  throw faultAt(path, `must be one of ${words.join(", ")}${hint}`);
}

/** The name of a secret, as the vault has them. */
export function secretAt(path: string, value: Json): string {
  if (typeof value === "string" && isSecretName(value)) return value;
  throw faultAt(path, "must be the name of a secret in the vault, not the secret itself");
}
