// How a JSON value reads as text: in embedded `${{…}}` tokens, string parameters, branch keys.

import type { Json } from "./json.ts";

/**
 * Strings as they are, numbers as the shortest plain decimal, `true`, `false`, `null`, and objects
 * and arrays as compact JSON.
 */
export function plainText(value: Json): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return plainNumber(value);
  return JSON.stringify(value);
}

/** The word with `a` or `an` before it, as in `an integer`. */
export function article(word: string): string {
  return /^[aeio]|^un[^iu]/.test(word) ? `an ${word}` : `a ${word}`;
}

/** The shortest decimal that reads back as the same number; no exponent below 1e21. */
export function plainNumber(value: number): string {
  const text = String(value);
  const small = /^(-?)(\d)(?:\.(\d+))?e-(\d+)$/.exec(text);
  if (!small) return text;
  const [, sign, lead, rest = "", exponent] = small;
  return `${sign}0.${"0".repeat(Number(exponent) - 1)}${lead}${rest}`;
}

/** Whether the text has more characters than `most`, counted as JSON Schema counts: code points. */
export function isLongerThan(text: string, most: number): boolean {
  if (text.length <= most) return false;
  // A code point takes two units at most.
  return text.length > 2 * most || codePoints(text) > most;
}

/** How many code points a text has. */
export function codePoints(text: string): number {
  let count = text.length;
  // Not by the text's iterator, which takes a hundred times as long.
  for (let i = 1; i < text.length; i++) {
    if (isLow(text.charCodeAt(i)) && isHigh(text.charCodeAt(i - 1))) count--;
  }
  return count;
}

/** The first half of a surrogate pair. */
function isHigh(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

/** The second. */
function isLow(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}

/** Whether the text can be stored as it is: without NUL characters and halves of surrogate pairs. */
export function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

/** UTF-16 units of a value that a message shows. */
const MOST_QUOTED = 60;

/**
 * The start of a text, for a message: whoever quotes a value does it by this or by `quoted`. `…` says
 * that it was cut, and tells whoever takes secrets out of messages where one may have been.
 */
export function cut(text: string, most = MOST_QUOTED): string {
  return text.length > most ? `${text.slice(0, most).toWellFormed()}…` : text;
}

/** The start of a text in the quotes of JSON, for a message. */
export function quoted(text: string, most?: number): string {
  return JSON.stringify(cut(text, most));
}
