// How much of the heap a JSON value takes: counted by its structure, for letters tell little of it.
//
// `[{},{},…]` of 5 MB takes 120 MB once it is parsed, a text of 5 MB takes 5. The figures are V8's
// on 64 bits (no pointer compression), on the high side where the shape of a value decides.

import type { Json } from "./json.ts";
import { endOfString } from "./json-strings.ts";

/** A slot in an array or object. */
const SLOT = 8;
/** An array with its store. */
const ARRAY = 48;
/** An object as `JSON.parse` makes it: with room for four members, and its share of a shape. */
const OBJECT = 64;
/** A member beyond its slot: its share of a shape that not many objects have. */
const MEMBER = 16;
/** More members than this make an object a hash table. */
const FEW_MEMBERS = 64;
/** What a member of a hash table takes more, with a name that is its alone. */
const ENTRY = 64;
/** A text's header; one of a single character is shared. */
const TEXT = 24;
/** A number that is no small integer. */
const NUMBER = 16;
/** An integer beyond 2^53. */
const BIG = 32;

/** Bytes of heap that the value takes, about; shared parts count as often as they are met. */
export function weigh(value: Json | undefined): number {
  if (typeof value !== "object" || value === null) return weighScalar(value);
  let bytes = 0;
  const open: (Json[] | { [name: string]: Json })[] = [value as Json[]];
  for (let next = open.pop(); next; next = open.pop()) {
    if (Array.isArray(next)) {
      bytes += ARRAY + SLOT * next.length;
      for (const item of next) {
        if (typeof item === "object" && item !== null) open.push(item as Json[]);
        else bytes += weighScalar(item);
      }
      continue;
    }
    bytes += OBJECT;
    let members = 0;
    for (const name in next) {
      const item = next[name];
      members++;
      bytes += SLOT + MEMBER + name.length;
      if (typeof item === "object" && item !== null) open.push(item as Json[]);
      else bytes += weighScalar(item);
    }
    if (members > FEW_MEMBERS) bytes += ENTRY * members;
  }
  return bytes;
}

function weighScalar(value: unknown): number {
  if (typeof value === "string") return value.length <= 1 ? 0 : weighText(value);
  if (typeof value === "bigint") return BIG;
  return typeof value === "number" && (value | 0) !== value ? NUMBER : 0;
}

/** Longer texts are looked through for what takes two bytes a character. */
const SHORT = 64;

/** Bytes of heap that a text takes. */
export function weighText(text: string): number {
  if (text.length <= SHORT) return TEXT + 2 * text.length;
  return TEXT + (isWide(text) ? 2 : 1) * text.length;
}

function isWide(text: string): boolean {
  return /[^\0-\xff]/.test(text);
}

const QUOTE = 34;
const COMMA = 44;
const OPEN_ARRAY = 91;
const OPEN_OBJECT = 123;
const COLON = 58;

/** Bytes of heap that JSON text will take once it is parsed, at most and about. */
export function weighParsed(text: string): number {
  let bytes = 0;
  const width = isWide(text) ? 2 : 1;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE: {
        const end = endOfString(text, i + 1);
        bytes += TEXT + width * (end - i);
        i = end;
        break;
      }
      case OPEN_OBJECT:
        bytes += OBJECT;
        break;
      case OPEN_ARRAY:
        bytes += ARRAY + SLOT;
        break;
      case COMMA:
        bytes += SLOT + NUMBER;
        break;
      case COLON:
        bytes += MEMBER;
        break;
    }
  }
  return bytes;
}
