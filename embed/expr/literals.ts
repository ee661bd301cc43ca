// What the escapes of quoted texts and the digits of numbers mean.

import { Buffer } from "node:buffer";
import { exactInteger } from "../../core/exact-json.ts";
import { Fault } from "./errors.ts";

const ESCAPE =
  /\\(?:([abfnrtv\\'"`?])|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|[^])/g;
const CONTROL: Record<string, string> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** A quoted text without its quotes; `at` is where it starts in the source. */
export function unescapeText(text: string, at: number): string {
  if (!text.includes("\\")) return text;
  return text.replace(ESCAPE, (...parts) => {
    const [whole, simple, hex, u4, braced, u8, octal] = parts as string[];
    if (simple !== undefined) return CONTROL[simple] ?? simple;
    const digits = hex ?? u4 ?? braced ?? u8;
    const code = digits !== undefined ? parseInt(digits, 16) : parseInt(octal ?? "", 8);
    if (code <= 0x10ffff) {
      return u4 !== undefined ? String.fromCharCode(code) : String.fromCodePoint(code);
    }
    throw new Fault(`"${whole}" is no escape`, at + (parts[7] as number));
  });
}

/** The bytes of a quoted byte string, one character each; escapes are bytes, all else is UTF-8. */
export function unescapeBytes(text: string, at: number): string {
  let bytes = "";
  let end = 0;
  const utf8 = (part: string) => Buffer.from(part, "utf8").toString("latin1");
  for (const match of text.matchAll(ESCAPE)) {
    const [whole, simple, hex, , , , octal] = match;
    bytes += utf8(text.slice(end, match.index));
    end = match.index + whole.length;
    if (simple !== undefined) bytes += CONTROL[simple] ?? simple;
    else if (hex !== undefined) bytes += String.fromCharCode(parseInt(hex, 16));
    else if (octal !== undefined) bytes += String.fromCharCode(parseInt(octal, 8));
    else throw new Fault(`"${whole}" is no escape of a byte string`, at + match.index);
  }
  return bytes + utf8(text.slice(end));
}

/** The number of a token: ints in base 10, 16, 8 or 2, floats in base 10. */
export function parseNumber(
  token: string,
  at: number,
): { kind: "int"; value: number | bigint } | { kind: "float"; value: number } {
  const text = token.replaceAll("_", "").toLowerCase();
  const based = /^0[xob]/.test(text);
  if (!based && /[.e]/.test(text)) {
    const value = Number(text);
    if (!Number.isFinite(value)) throw new Fault(`"${token}" is no float`, at);
    return { kind: "float", value };
  }
  const value = wholeOf(text);
  if (value === undefined || BigInt.asIntN(64, value) !== value) {
    throw new Fault(`"${token}" is no whole number of 64 bits`, at);
  }
  return { kind: "int", value: exactInteger(value) };
}

function wholeOf(text: string): bigint | undefined {
  try {
    return BigInt(text);
  } catch {
    return undefined;
  }
}
