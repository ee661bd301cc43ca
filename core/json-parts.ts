// How a large JSON value is taken apart into pieces that are each quick to write and to read.

import { setOwn } from "./copy.ts";
import { parseJson } from "./exact-json.ts";
import type { Json, JsonObject } from "./json.ts";

/** Values, or quarters of a KiB of text, in one piece: about half a millisecond. */
const PIECE = 4_000;

export type Structure = Json[] | JsonObject;

/** `list` and `map` stay open until `end`; a `name` is that of the next `whole`, `list` or `map`. */
export type JsonPart<T = Json> =
  | { kind: "whole" | "items" | "members"; value: T }
  | { kind: "list" | "map" | "end" }
  | { kind: "name"; name: string };

/** The value's parts, in order; a structure that is `whole` stays so, however large. */
export function* partsOf(
  value: Json,
  isWhole: (structure: Structure) => boolean = () => false,
): Generator<JsonPart> {
  if (typeof value !== "object" || value === null || !isLarge(value) || isWhole(value)) {
    return yield { kind: "whole", value };
  }
  yield Array.isArray(value) ? { kind: "list" } : { kind: "map" };
  yield* Array.isArray(value) ? itemsOf(value, isWhole) : membersOf(value, isWhole);
  yield { kind: "end" };
}

function* itemsOf(list: Json[], isWhole: (of: Structure) => boolean): Generator<JsonPart> {
  let piece: Json[] = [];
  let size = 0;
  for (const item of list) {
    const own = sizeUpTo(item, PIECE);
    if (size > 0 && size + own > PIECE) {
      yield { kind: "items", value: piece };
      piece = [];
      size = 0;
    }
    if (own > PIECE) yield* partsOf(item, isWhole);
    else {
      piece.push(item);
      size += own;
    }
  }
  if (size > 0) yield { kind: "items", value: piece };
}

function* membersOf(map: JsonObject, isWhole: (of: Structure) => boolean): Generator<JsonPart> {
  let piece: JsonObject = {};
  let size = 0;
  for (const name of Object.keys(map)) {
    const member = map[name];
    if (member === undefined) continue;
    const own = sizeUpTo(member, PIECE) + sizeUpTo(name, PIECE);
    if (size > 0 && size + own > PIECE) {
      yield { kind: "members", value: piece };
      piece = {};
      size = 0;
    }
    if (own > PIECE) {
      yield { kind: "name", name };
      yield* partsOf(member, isWhole);
    } else {
      setOwn(piece, name, member);
      size += own;
    }
  }
  if (size > 0) yield { kind: "members", value: piece };
}

/** The value of these parts, each of which is JSON text; pauses after each. */
export function* valueOfParts(parts: readonly JsonPart<string>[]): Generator<void, Json> {
  const open: Structure[] = [];
  const names: string[] = [];
  let root: Json = null;
  const put = (value: Json) => {
    const around = open.at(-1);
    if (around === undefined) root = value;
    else if (Array.isArray(around)) around.push(value);
    else setOwn(around, names.pop()!, value);
  };
  for (const part of parts) {
    switch (part.kind) {
      case "name":
        names.push(part.name);
        continue;
      case "list":
      case "map": {
        const structure: Structure = part.kind === "list" ? [] : {};
        put(structure);
        open.push(structure);
        continue;
      }
      case "end":
        open.pop();
        continue;
      case "whole":
        put(parseJson(part.value));
        break;
      case "items":
        (open.at(-1) as Json[]).push(...parseJson(part.value) as Json[]);
        break;
      case "members": {
        const members = parseJson(part.value) as JsonObject;
        for (const name of Object.keys(members)) {
          setOwn(open.at(-1) as JsonObject, name, members[name]!);
        }
      }
    }
    yield;
  }
  return root;
}

/** Whether the value is more than one piece. */
export function isLarge(value: Structure): boolean {
  return sizeUpTo(value, PIECE) > PIECE;
}

/** How many values a value has, and how much text, counted hardly further than `most`. */
function sizeUpTo(value: Json | undefined, most: number): number {
  if (typeof value === "string") return 1 + (value.length >> 8);
  if (typeof value !== "object" || value === null) return 1;
  const open: Structure[] = [value];
  let size = 1;
  const count = (item: Json | undefined) => {
    size++;
    if (typeof item === "string") size += item.length >> 8;
    else if (typeof item === "object" && item !== null) open.push(item);
  };
  for (let next = open.pop(); next && size <= most; next = open.pop()) {
    if (Array.isArray(next)) {
      for (let i = 0; i < next.length && size <= most; i++) count(next[i]);
    } else {
      for (const name in next) {
        count(next[name]);
        size += name.length >> 8;
        if (size > most) break;
      }
    }
  }
  return size;
}
