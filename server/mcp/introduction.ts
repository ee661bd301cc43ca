// How much a client may say of itself, and what of it a session keeps.

import { isObject, type JsonObject } from "../../core/json.ts";

/** Messages of a batch that are looked at: with more of them it is refused. */
const MAX_BATCH = 100;

/** Bytes, about, of the parameters of `initialize`, and of the `_meta` of any message. */
export const MOST_INTRODUCTION = 64 * 1024;

/** Of what a client says of itself, a session keeps so many members and elements on each level … */
const MOST_MEMBERS = 16;
const MOST_LEVELS = 4;
/** … with texts and names of so many characters. */
const MOST_TEXT = 256;

/** Which part of a body says more of its client than may be said; undefined when none does. */
export function overlongPart(body: unknown): "initialize" | "_meta" | undefined {
  for (const message of Array.isArray(body) ? body.slice(0, MAX_BATCH) : [body]) {
    if (!isObject(message) || !isObject(message.params)) continue;
    const { method, params } = message;
    if (method === "initialize" && isLarger(params, MOST_INTRODUCTION)) return "initialize";
    if (isLarger(params._meta, MOST_INTRODUCTION)) return "_meta";
  }
  return undefined;
}

/** Whether a value has more than about so many bytes as JSON; looks no further than that. */
function isLarger(value: unknown, most: number): boolean {
  let left = most;
  const open = [value];
  while (open.length > 0 && left >= 0) {
    const next = open.pop();
    left -= typeof next === "string" ? next.length + 2 : 2;
    if (typeof next !== "object" || next === null) continue;
    const names = Array.isArray(next) ? undefined : Object.keys(next);
    const count = names?.length ?? (next as unknown[]).length;
    // Each takes two bytes at least.
    if (2 * count > left) return true;
    if (!names) open.push(...next as unknown[]);
    for (const name of names ?? []) {
      left -= name.length + 3;
      open.push((next as JsonObject)[name]);
    }
  }
  return left < 0;
}

/** What a session keeps of the parameters of `initialize`: all that clients in fact say. */
export function essentials(params: Record<string, unknown>): Record<string, unknown> {
  return shortened(params, 0) as Record<string, unknown>;
}

function shortened(value: unknown, level: number): unknown {
  if (typeof value === "string") return value.slice(0, MOST_TEXT);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    return level < MOST_LEVELS
      ? value.slice(0, MOST_MEMBERS).map((item) => shortened(item, level + 1))
      : [];
  }
  if (level === MOST_LEVELS) return {};
  const kept = Object.entries(value).filter(([name]) => name.length <= MOST_TEXT);
  return Object.fromEntries(
    kept.slice(0, MOST_MEMBERS).map(([name, inner]) => [name, shortened(inner, level + 1)]),
  );
}
