// Which builtins work on texts.

import { charactersOf } from "../access.ts";
import { allot, allotText, MEMORY_LIMIT } from "../budget.ts";
import { Fault } from "../errors.ts";
import { int, NO_LIST, typeOf, type Value } from "../values.ts";
import type { Builtin } from "./signature.ts";

const SPACE_BEFORE = /^\p{White_Space}+/u;

function trimSpace(text: string): string {
  const rest = text.replace(SPACE_BEFORE, "");
  let end = rest.length;
  while (end > 0 && /\p{White_Space}/u.test(rest[end - 1]!)) end--;
  return rest.slice(0, end);
}

function trimCharacters(text: string, characters: string): string {
  const set = new Set(characters);
  const all = Array.from(text);
  let start = 0;
  let end = all.length;
  while (start < end && set.has(all[start]!)) start++;
  while (end > start && set.has(all[end - 1]!)) end--;
  return all.slice(start, end).join("");
}

/** Character by character: one stays one, as it does without the rules of languages. */
function cased(text: string, change: (character: string) => string): string {
  allotText(text.length);
  if (/^[\0-\x7f]*$/.test(text)) return change(text);
  return Array.from(text, (character) => {
    if (character === "\u0130") return change === toLower ? "i" : character;
    const changed = change(character);
    return Array.from(changed).length === 1 ? changed : character;
  }).join("");
}

const toLower = (text: string) => text.toLowerCase();
const toUpper = (text: string) => text.toUpperCase();

/** At most `limit` pieces, the last one the rest; none for a limit of 0, all for one below. */
function splitText(
  text: string,
  { by, limit = -1, keep = false }: { by: string; limit?: number; keep?: boolean },
): Value[] {
  if (limit === 0) return NO_LIST;
  allotText(text.length);
  const pieces = by === "" ? Array.from(text) : text.split(by);
  allot(pieces.length);
  if (limit > 0 && pieces.length > limit) {
    pieces.push(pieces.splice(limit - 1).join(by));
  }
  return keep && by !== ""
    ? pieces.map((one, i) => i < pieces.length - 1 ? one + by : one)
    : pieces;
}

function replaceText(
  text: string,
  { old, by, limit }: { old: string; by: string; limit: number },
): string {
  const pieces = old === "" ? ["", ...Array.from(text), ""] : text.split(old);
  const found = pieces.length - 1;
  const count = limit < 0 ? found : Math.min(limit, found);
  allotText(text.length + Math.max(0, count * (by.length - old.length)));
  if (count === found) return pieces.join(by);
  return [...pieces.slice(0, count), pieces.slice(count).join(old)].join(by);
}

function repeatText(text: string, count: number): string {
  if (count < 0) throw new Fault("repeat takes no negative count");
  const length = text.length * count;
  if (count > MEMORY_LIMIT || length > MEMORY_LIMIT) allot(MEMORY_LIMIT + 1);
  allot(length);
  return text.repeat(count);
}

function joinTexts(list: Value[], glue = ""): string {
  let length = 0;
  for (const item of list) {
    if (typeof item !== "string") {
      throw new Fault(`join takes texts only, not ${typeOf(item)}; string() makes a text of it`);
    }
    length += item.length + glue.length;
  }
  allotText(length);
  return list.join(glue);
}

/** In code points. */
function position(text: string, index: number): Value {
  if (index < 0) return int(-1);
  const before = text.slice(0, index);
  return int(/^[\0-\x7f]*$/.test(before) ? index : charactersOf(before).length);
}

export const STRINGS: Record<string, Builtin> = {
  trim: {
    takes: ["string", "string?"],
    gives: "string",
    call(text: string, characters?: string) {
      allotText(text.length);
      return characters === undefined ? trimSpace(text) : trimCharacters(text, characters);
    },
  },
  trimPrefix: {
    takes: ["string", "string?"],
    gives: "string",
    call: (text: string, prefix = " ") =>
      text.startsWith(prefix) ? text.slice(prefix.length) : text,
  },
  trimSuffix: {
    takes: ["string", "string?"],
    gives: "string",
    call: (text: string, suffix = " ") =>
      text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text,
  },
  upper: { takes: ["string"], gives: "string", call: (text: string) => cased(text, toUpper) },
  lower: { takes: ["string"], gives: "string", call: (text: string) => cased(text, toLower) },
  split: {
    takes: ["string", "string", "int?"],
    gives: "list",
    call: (text: string, by: string, limit?: number) => splitText(text, { by, limit }),
  },
  splitAfter: {
    takes: ["string", "string", "int?"],
    gives: "list",
    call: (text: string, by: string, limit?: number) => splitText(text, { by, limit, keep: true }),
  },
  replace: {
    takes: ["string", "string", "string", "int?"],
    gives: "string",
    call: (text: string, old: string, by: string, limit = -1) =>
      replaceText(text, { old, by, limit }),
  },
  repeat: { takes: ["string", "int"], gives: "string", call: repeatText },
  join: { takes: ["list", "string?"], gives: "string", call: joinTexts },
  indexOf: {
    takes: ["string", "string"],
    gives: "int",
    call: (text: string, part: string) => position(text, text.indexOf(part)),
  },
  lastIndexOf: {
    takes: ["string", "string"],
    gives: "int",
    call: (text: string, part: string) => position(text, text.lastIndexOf(part)),
  },
  hasPrefix: {
    takes: ["string", "string"],
    gives: "bool",
    call: (text: string, prefix: string) => text.startsWith(prefix),
  },
  hasSuffix: {
    takes: ["string", "string"],
    gives: "bool",
    call: (text: string, suffix: string) => text.endsWith(suffix),
  },
};
