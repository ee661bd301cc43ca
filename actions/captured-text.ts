// How much of a captured text fits where it will be stored: as JSON, which may be larger than it.

import type { Json } from "../core/json.ts";

/** The quotes around a text in JSON. */
const QUOTES = 2;

/** Bytes of JSON of each byte of UTF-8: more than one for those that are escaped. */
const OF_BYTE = Uint8Array.from(
  { length: 0x100 },
  (_, byte) => byte < 0x80 ? jsonBytes(String.fromCharCode(byte)) - QUOTES : 1,
);

export interface Fitted {
  /** The text itself, or the start of it that fits. */
  text: string;
  truncated: boolean;
  /** What `text` takes as JSON in UTF-8, quotes included; above the limit only where even `""` is. */
  bytes: number;
}

/**
 * The longest start of `text` whose JSON (as JSON.stringify writes it, in UTF-8, quotes included)
 * has at most `most` bytes, cut between characters. The JSON itself, up to six times as large as
 * the text, is never made.
 */
export function fitText(text: string, most: number): Fitted {
  const whole = text.isWellFormed() ? bytesOfWhole(text) : Infinity;
  if (whole <= most) return { text, truncated: false, bytes: whole };
  let bytes = QUOTES;
  let end = 0;
  while (end < text.length) {
    const unit = text.charCodeAt(end);
    const pair = unit >= 0xd800 && isPair(unit, text.charCodeAt(end + 1));
    const size = unit < 0x80 ? OF_BYTE[unit]! : pair ? 4 : bytesOf(unit);
    if (bytes + size > most) return { text: text.slice(0, end), truncated: true, bytes };
    bytes += size;
    end += pair ? 2 : 1;
  }
  return { text, truncated: false, bytes };
}

/** What the value takes as JSON in UTF-8. */
export function jsonBytes(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Several times faster than going through the units of UTF-16; most texts fit. */
function bytesOfWhole(text: string): number {
  const utf8 = Buffer.from(text);
  let bytes = QUOTES;
  // By index: an iterator takes ten times as long.
  for (let i = 0; i < utf8.length; i++) bytes += OF_BYTE[utf8[i]!]!;
  return bytes;
}

function isPair(unit: number, next: number): boolean {
  return unit <= 0xdbff && next >= 0xdc00 && next <= 0xdfff;
}

/** Of one UTF-16 unit beyond ASCII; half a pair is written as an escape. */
function bytesOf(unit: number): number {
  if (unit < 0x800) return 2;
  return unit >= 0xd800 && unit <= 0xdfff ? 6 : 3;
}
