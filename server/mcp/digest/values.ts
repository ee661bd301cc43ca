// How a value that is too large for an answer is shown: its size, and how it begins.

import type { Json, JsonObject } from "../../../core/json.ts";

/** Bytes of a value as JSON. */
export function sizeOf(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}

/** Below this many bytes, the beginning of a value says nothing. */
const LEAST_START = 100;

/**
 * The member, or in its place `NAME_size` (bytes of JSON) and `NAME_start` (how that JSON begins), in
 * about `most` bytes; the value itself where that is no shorter. `text`: the value as JSON.
 */
export function member(
  name: string,
  value: Json,
  most: number,
  text: string = JSON.stringify(value),
): JsonObject {
  const size = Buffer.byteLength(text);
  if (size <= most) return { [name]: value };
  const start = most < LEAST_START + 60 ? "" : startOf(text, most - 60);
  const shown = { [`${name}_size`]: size, ...(start !== "" && { [`${name}_start`]: start }) };
  // What is as short as that is no longer when it is whole.
  return sizeOf(shown) < name.length + `{"":}`.length + size ? shown : { [name]: value };
}

/** As much of a text's beginning as takes so many bytes in JSON. */
export function startOf(text: string, most: number): string {
  let length = Math.min(text.length, most);
  // Quotes take two bytes, other letters up to six.
  while (length > 0 && sizeOf(text.slice(0, length)) > most) {
    length = Math.floor(length * Math.min(0.9, most / sizeOf(text.slice(0, length))));
  }
  const start = text.slice(0, length);
  return start.isWellFormed() ? start : start.slice(0, -1);
}

/** An error with as much of its message and details as goes into so many bytes. */
export function shortError(error: JsonObject, most: number): JsonObject {
  if (sizeOf(error) <= most) return error;
  const { details, message, ...rest } = error;
  const text = startOf(String(message), Math.max(LEAST_START, most / 2));
  const left = most - sizeOf(rest) - sizeOf(text) - 30;
  return {
    ...rest,
    message: text === message ? text : `${text}…`,
    ...(details !== undefined && member("details", details, left)),
  };
}

/**
 * What a question asks, in the place of its context: how its prompt begins, in about `most` bytes but
 * never less than 200, that it is cut, and how large it is. A decision's schema wants it to be there.
 */
export function shortContext(context: JsonObject, most: number): JsonObject {
  const { prompt } = context;
  return {
    ...(typeof prompt === "string" && { prompt: startOf(prompt, Math.max(200, most)) }),
    truncated: true,
    size: sizeOf(context),
  };
}

/** The first items that go into so many bytes, each as `shown` has it. */
export function firstItems(
  items: readonly Json[],
  most: number,
  shown: (item: Json) => Json = (item) => item,
): Json[] {
  const list: Json[] = [];
  let size = 2;
  for (const item of items) {
    const next = shown(item);
    size += sizeOf(next) + 1;
    if (size > most) break;
    list.push(next);
  }
  return list;
}
