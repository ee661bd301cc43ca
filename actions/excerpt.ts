// How much of a value an error carries: a failed step stores its error several times.

import type { Json } from "../core/json.ts";
import { startOfJson } from "../core/json-start.ts";
import { fitText } from "./captured-text.ts";

/** Bytes of JSON of each value. */
const MOST = 64 * 1024;

/** The value, or, when its JSON is large, the start of that as text. */
export function excerpt(value: Json): Json {
  const start = startOfJson(value, MOST);
  if (start.length <= MOST && Buffer.byteLength(start) <= MOST) return value;
  const shown = typeof value === "string" ? value.slice(0, MOST + 1) : start;
  return `${fitText(shown, MOST).text}…`;
}
