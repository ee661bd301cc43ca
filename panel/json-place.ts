// Where in a text of JSON a value stands, by the path that the daemon's reports give it.

import { parseExact } from "./exact-json.ts";

export interface Place {
  /** Offsets in the text; `to` is behind the last character. */
  from: number;
  to: number;
}

export type Segment = string | number;

/** The members of a path such as `steps[0].params["a b"]`, as far as it is one. */
export function segmentsOf(path: string): Segment[] {
  const segments: Segment[] = [];
  const next = /\.?([A-Za-z_$][\w$]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;
  for (let found = next.exec(path); found; found = next.exec(path)) {
    const [, name, index, quoted] = found;
    if (name !== undefined) segments.push(name);
    else if (index !== undefined) segments.push(Number(index));
    else segments.push(unquoted(quoted!));
  }
  return segments;
}

/**
 * Where the value stands, or as much of its path as there is: of a scalar the value, of a list or object
 * its key or its first sign. The text may be broken behind it.
 */
export function placeOf(text: string, segments: readonly Segment[]): Place {
  let at = afterSpace(text, 0);
  let place: Place = { from: at, to: Math.min(text.length, at + 1) };
  for (const segment of segments) {
    const found = memberOf(text, at, segment);
    if (!found) break;
    ({ at } = found);
    const isInner = text[at] === "{" || text[at] === "[";
    place = isInner ? found.name ?? { from: at, to: at + 1 } : { from: at, to: endOf(text, at) };
  }
  return place;
}

/** The value of a member, and where its name stands. */
function memberOf(
  text: string,
  at: number,
  segment: Segment,
): { at: number; name?: Place } | undefined {
  const isList = text[at] === "[";
  if (isList !== (typeof segment === "number") || (!isList && text[at] !== "{")) return undefined;
  at = afterSpace(text, at + 1);
  for (let index = 0; at < text.length && !/[\]}]/.test(text[at]!); index++) {
    let name: Place | undefined;
    if (!isList) {
      if (text[at] !== '"') return undefined;
      name = { from: at, to: endOf(text, at) };
      at = afterSpace(text, name.to);
      if (text[at] !== ":") return undefined;
      at = afterSpace(text, at + 1);
    }
    const key = name ? unquoted(text.slice(name.from, name.to)) : index;
    if (key === segment) return { at, ...(name && { name }) };
    at = afterSpace(text, endOf(text, at));
    if (text[at] === ",") at = afterSpace(text, at + 1);
    else if (!/[\]}]/.test(text[at] ?? "]")) return undefined;
  }
  return undefined;
}

/** Behind the value that begins there. */
function endOf(text: string, at: number): number {
  let depth = 0;
  while (at < text.length) {
    const sign = text[at]!;
    if (sign === '"') {
      at = endOfText(text, at);
    } else if (sign === "{" || sign === "[") {
      depth++;
      at++;
    } else if (sign === "}" || sign === "]") {
      if (--depth < 0) return at;
      at++;
    } else if (depth === 0 && (sign === "," || /\s/.test(sign))) {
      return at;
    } else {
      at++;
      continue;
    }
    if (depth === 0) return at;
  }
  return at;
}

function endOfText(text: string, at: number): number {
  for (at++; at < text.length && text[at] !== "\n"; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return Math.min(at, text.length);
}

function afterSpace(text: string, at: number): number {
  while (at < text.length && /\s/.test(text[at]!)) at++;
  return at;
}

function unquoted(text: string): string {
  try {
    return parseExact(text) as string;
  } catch {
    return text;
  }
}

/** The line of an offset, from 1. */
export function lineOf(text: string, at: number): number {
  let line = 1;
  for (let i = text.indexOf("\n"); i !== -1 && i < at; i = text.indexOf("\n", i + 1)) line++;
  return line;
}

/** Why a text is no JSON and where; undefined when it is. */
export function syntaxFault(text: string): { message: string; at: number } | undefined {
  try {
    parseExact(text);
    return undefined;
  } catch (thrown) {
    const { message } = thrown as Error;
    const [, position] = / at position (\d+)/.exec(message) ?? [];
    const [, line, column] = /line (\d+) column (\d+)/.exec(message) ?? [];
    const at = position !== undefined
      ? Number(position)
      : line !== undefined
      ? offsetOf(text, Number(line), Number(column))
      : text.trimEnd().length;
    return { message: message.replace(/^JSON\.parse: /, "").replace(/ in JSON at.*$/s, ""), at };
  }
}

function offsetOf(text: string, line: number, column: number): number {
  let at = 0;
  for (let i = 1; i < line; i++) at = text.indexOf("\n", at) + 1;
  return at + column - 1;
}
