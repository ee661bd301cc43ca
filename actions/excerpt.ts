// How much of a value an error carries: a failed step stores its error several times.

import type { Json } from "../core/json.ts";
import { fitText } from "./captured-text.ts";

/** Bytes of JSON of each value. */
const MOST = 64 * 1024;

/** The value, or, when its JSON is large, the start of that as text. */
export function excerpt(value: Json): Json {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) <= MOST) return value;
  return `${fitText(typeof value === "string" ? value : text, MOST).text}…`;
}
