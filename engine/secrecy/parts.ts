// Which texts give a secret away by themselves: the secret, its lines, what is in its JSON, its number.

import { parseJson } from "../../core/exact-json.ts";
import { isObject, type Json } from "../../core/json.ts";
import { urlParts } from "./url-parts.ts";

/** Bytes of UTF-8 below which a secret is too common to be looked for. */
export const LEAST_BYTES = 4;
/** And a part of one. */
const LEAST_PART = 8;
/** JSON in a text of JSON, and so on: a service account's file has a key of several lines in it. */
const DEEPEST = 3;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const URL_DELIMITERS = /[@/?#:\\]/;
/** Also as some write them who keep a file in a variable. */
const LINE_ENDS = /\r\n|\n|\r|(?:\\r)?\\n/;

export interface Parts {
  texts: Set<string>;
  /** What the secret is, and texts in it are, as JSON: objects and lists. */
  values: Json[];
}

/** All of the texts have what it takes to be looked for. */
export function partsOf(secrets: Iterable<string>): Parts {
  const parts: Parts = { texts: new Set(), values: [] };
  for (const secret of secrets) addSecret(parts, secret);
  return parts;
}

function addSecret(parts: Parts, secret: string): void {
  add(parts, secret, LEAST_BYTES);
  // What a shell prints is often trimmed.
  const trimmed = secret.trim();
  add(parts, trimmed, LEAST_BYTES);
  addNumber(parts, trimmed, LEAST_BYTES);
  // Of a URL errors show neither user nor query, and programs any part.
  const ofUrl = urlParts(trimmed);
  for (const part of ofUrl.size > 0 ? ofUrl : piecesInUrl(trimmed)) add(parts, part, LEAST_PART);
  addInside(parts, trimmed, 0);
}

function add({ texts }: Parts, text: string, least: number): void {
  if (Buffer.byteLength(text) >= least) texts.add(text.toWellFormed());
}

function addInside(parts: Parts, text: string, depth: number): void {
  const lines = text.split(LINE_ENDS);
  if (lines.length > 1) {
    for (const line of lines) add(parts, line.trim(), LEAST_PART);
    const unix = lines.join("\n");
    add(parts, unix, LEAST_PART);
    add(parts, unix.replaceAll("\n", "\r\n"), LEAST_PART);
  }
  if (depth === DEEPEST) return;
  const value = parsed(text);
  if (value === undefined) return;
  if (JSON.stringify(value).length >= LEAST_PART) parts.values.push(value);
  addLeaves(parts, value, depth);
}

/**
 * What is left of a secret where it is put into a URL, and something in it ends the host or the path:
 * who says that there is no such host shows what comes after an `@`.
 */
function piecesInUrl(text: string): string[] {
  return /[\n\r]/.test(text) || parsed(text) !== undefined ? [] : text.split(URL_DELIMITERS);
}

/** Only objects and lists; the JSON of a text or number is not told from a text or number. */
function parsed(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function addLeaves(parts: Parts, value: Json, depth: number): void {
  const open: Json[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === "string") {
      add(parts, next, LEAST_PART);
      add(parts, next.trim(), LEAST_PART);
      addInside(parts, next.trim(), depth + 1);
    } else if (typeof next === "number" || typeof next === "bigint") {
      addNumber(parts, String(next), LEAST_PART);
    } else if (Array.isArray(next)) {
      for (const item of next) open.push(item);
    } else if (isObject(next)) {
      for (const key of Object.keys(next)) open.push(next[key]!);
    }
  }
}

/** Read as a number it may be rounded, and written anew. */
function addNumber(parts: Parts, text: string, least: number): void {
  if (text.length > 400 || !NUMBER.test(text)) return;
  const number = Number(text);
  if (!Number.isFinite(number)) return;
  add(parts, String(number), least);
  add(parts, number.toExponential(), least);
  if (text.length < LEAST_PART) return;
  for (const digits of [15, 16, 17]) add(parts, number.toPrecision(digits), LEAST_PART);
  for (const whole of [Math.trunc(number), Math.round(number)]) {
    add(parts, String(whole), LEAST_PART);
    if (Math.abs(whole) < 1e21) add(parts, BigInt(whole).toString(), LEAST_PART);
  }
}
