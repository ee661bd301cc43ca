// Which builtins work on texts.

import { allot, allotText, MEMORY_LIMIT, spend } from "../budget.ts";
import { textLength } from "../characters.ts";
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
  let start = 0;
  for (const character of text) {
    if (!set.has(character)) break;
    start += character.length;
  }
  let end = text.length;
  while (end > start) {
    const last = text.slice(Math.max(start, end - 2), end).match(/[^]$/u)![0];
    if (!set.has(last)) break;
    end -= last.length;
  }
  return text.slice(start, end);
}

/** Character by character: one stays one, as it does without the rules of languages. */
function cased(text: string, change: (character: string) => string): string {
  allotText(text.length);
  return text.replace(/[\0-\x7f]+|[^\0-\x7f]/gu, (part) => {
    if (part === "\u0130") return change === toLower ? "i" : part;
    const changed = change(part);
    return changed.length === part.length || textLength(changed) === 1 ? changed : part;
  });
}

const toLower = (text: string) => text.toLowerCase();
const toUpper = (text: string) => text.toUpperCase();

/** At most `limit` pieces, the last one the rest; none for a limit of 0, all for one below. */
function splitText(
  text: string,
  { by, limit = -1, keep = false }: { by: string; limit?: number | undefined; keep?: boolean },
): Value[] {
  if (limit === 0) return NO_LIST;
  allotText(text.length);
  const pieces = by === "" ? characters(text) : text.split(by, MEMORY_LIMIT + 1);
  allot(pieces.length);
  if (limit > 0 && pieces.length > limit) {
    pieces.push(pieces.splice(limit - 1).join(by));
  }
  return keep && by !== ""
    ? pieces.map((one, i) => i < pieces.length - 1 ? one + by : one)
    : pieces;
}

function characters(text: string): string[] {
  allot(text.length);
  return Array.from(text);
}

/** Replaces the first `limit` places, all for a limit below 0. */
function replaceText(
  text: string,
  { old, by, limit }: { old: string; by: string; limit: number },
): string {
  if (old === "") return between(text, { by, limit });
  let count = 0;
  let end = 0;
  for (let at = text.indexOf(old); at >= 0 && count !== limit; at = text.indexOf(old, end)) {
    end = at + old.length;
    count++;
    spend(1);
  }
  allotText(text.length + Math.max(0, count * (by.length - old.length)));
  // In what replaces, a dollar sign would have a meaning of its own.
  const literal = by.replaceAll("$", "$$$$");
  return text.slice(0, end).replaceAll(old, literal) + text.slice(end);
}

/** Puts a text before each code point and behind the last. */
function between(text: string, { by, limit }: { by: string; limit: number }): string {
  const all = characters(text);
  const count = limit < 0 ? all.length + 1 : Math.min(limit, all.length + 1);
  allotText(text.length + count * by.length);
  const changed = all.map((character, i) => i < count ? by + character : character).join("");
  return count > all.length ? changed + by : changed;
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
  return int(index < 0 ? -1 : textLength(text.slice(0, index)));
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
    call(text: string, part: string) {
      spend(text.length >> 8);
      return position(text, text.indexOf(part));
    },
  },
  lastIndexOf: {
    takes: ["string", "string"],
    gives: "int",
    call(text: string, part: string) {
      spend(text.length >> 8);
      return position(text, text.lastIndexOf(part));
    },
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
