// How the members of triggers are read, whatever their kind: each wrong one is named where it stands.

import { faultAt } from "../core/fault-at.ts";
import { isObject, type Json, type JsonObject } from "../core/json.ts";
import { nearest } from "../core/nearest.ts";
import { quoted } from "../core/text.ts";
import { unknownName } from "../core/unknown.ts";
import { checkIdentifier } from "./identifiers.ts";
import { isSecretName } from "./vault/rules.ts";

/** Triggers of one kind of one template. */
export const MOST_TRIGGERS = 100;

/** Throws VALIDATION_ERROR for a member that is none of those known. `what`: such as "a kind of trigger". */
export function refuseUnknown(
  given: JsonObject,
  known: readonly string[],
  path: string,
  what: string,
): void {
  const unknown = unknownName(Object.keys(given), known, { what, lists: true });
  if (unknown) throw faultAt(`${path}.${unknown.name}`, unknown.rule);
}

/** What `read` makes of each object of a list of triggers; no two may have one name. */
export function readEach<T extends { name: string; path: string }>(
  list: Json,
  at: string,
  read: (given: JsonObject, path: string, index: number) => T,
): T[] {
  if (!Array.isArray(list)) throw faultAt(at, "must be an array");
  if (list.length > MOST_TRIGGERS) throw faultAt(at, `must have at most ${MOST_TRIGGERS} elements`);
  const found = list.map((given, index) => {
    const path = `${at}[${index}]`;
    if (!isObject(given)) throw faultAt(path, "must be an object");
    return read(given, path, index);
  });
  for (const [i, { name, path }] of found.entries()) {
    if (found.findIndex((other) => other.name === name) < i) {
      throw faultAt(`${path}.name`, `"${name}" is the name of another trigger already`);
    }
  }
  return found;
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
