// How texts that are too large to be shown are cut: what matters most of them stays.

import { parseJson } from "../../core/exact-json.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { fairShare } from "../../core/fair-share.ts";

/** Texts up to this size are read with their row, bytes. */
export const SMALL_TEXT = 1024;

/** An error up to this size is shown whole, bytes. */
export const LARGEST_ERROR = 16 * 1024;
/** What a cut error keeps of its message, characters. */
const MESSAGE = 2_000;

/** Larger contexts are not even looked into, bytes. */
const LARGEST_CONTEXT = 1024 * 1024;
/** A cut context keeps at least so much of its prompt. */
const LEAST_CONTEXT = 1_200;

/** Members of a context that are left out for want of room, the most dispensable first. */
const DISPENSABLE = [
  "step_outputs",
  "accumulated_data",
  "agent_notes",
  "workflow_intent",
  "data_inject",
  "prompt_context",
  "data",
];

/** The error as it is shown: a large one without its details. */
export function cutError(text: string | null): string | null {
  if (text === null || text.length <= LARGEST_ERROR) return text;
  const { code, message, step_id } = parseJson<JsonObject>(text);
  return JSON.stringify({
    code,
    message: String(message).slice(0, MESSAGE),
    details: { truncated: true, size: Buffer.byteLength(text) },
    ...(step_id !== undefined && { step_id }),
  });
}

/** The size that each context may have so that all of these sizes have room together. */
export function contextShare(sizes: readonly number[], room: number): number {
  return Math.max(fairShare(sizes, room), LEAST_CONTEXT);
}

/** Bytes of step outputs, as JSON, in one context: the newest that fit. */
const MOST_OUTPUTS = 64 * 1024;
/** With less room than this a context has none of them. */
const LEAST_OUTPUTS = 4 * 1024;

/** How many events before a question are looked at for outputs. */
export const LOOKED_BACK = 500;

/** A step that had completed when a question was asked. */
export interface Completed {
  stepId: string;
  size: number;
  output(): string | null;
}

/** Bytes that the outputs of each of these contexts may take so that all have room together. */
export function outputShare(sizes: readonly number[], room: number): number {
  const left = sizes.reduce((rest, size) => rest - size, room) / Math.max(1, sizes.length);
  return left < LEAST_OUTPUTS ? 0 : Math.min(left, MOST_OUTPUTS);
}

/**
 * The context with the outputs that the run had when it asked: they are not stored with each
 * question again. `completed`: at most `limit`, newest first; `isAll`: whether none was before.
 */
export function withOutputs(
  context: string,
  room: number,
  completed: (limit: number) => { steps: Iterable<Completed>; isAll: boolean },
): string {
  if (!/^\{/.test(context) || /"step_outputs":/.test(context)) return context;
  const shown = new Map<string, string>();
  const { steps, isAll } = completed(room > 0 ? LOOKED_BACK : 1);
  let left = room;
  let truncated = !isAll;
  for (const { stepId, size, output } of steps) {
    // A step that ran again counts as it last was.
    if (shown.has(stepId)) continue;
    left -= size + stepId.length;
    if (left < 0) truncated = true;
    if (left < 0) break;
    const text = output();
    if (text !== null) shown.set(stepId, text);
  }
  const members = [...shown].map(([id, text]) => `${JSON.stringify(id)}:${text}`);
  const added = [
    ...(members.length > 0 ? [`"step_outputs":{${members.join(",")}}`] : []),
    ...(truncated ? ['"step_outputs_truncated":true'] : []),
  ];
  if (added.length === 0) return context;
  return `${context.slice(0, -1)}${context === "{}" ? "" : ","}${added.join(",")}}`;
}

/** The context, read only when it may be shown, in about `most` characters. */
export function cutContext(size: number, most: number, read: () => string | null): string {
  if (size > LARGEST_CONTEXT && size > most) return JSON.stringify({ truncated: true, size });
  const text = read() ?? "null";
  if (size <= most) return text;
  const context = parseJson(text);
  if (!isObject(context)) return text;
  const rest: JsonObject = { ...context };
  let left = size;
  for (const name of DISPENSABLE) {
    if (left <= most) break;
    if (rest[name] === undefined) continue;
    left -= JSON.stringify(rest[name]).length + name.length + 4;
    delete rest[name];
  }
  const { prompt } = rest;
  // Escaped characters take up to six each.
  if (left > most && typeof prompt === "string") rest.prompt = prompt.slice(0, most / 6);
  return JSON.stringify({ ...rest, truncated: true });
}
