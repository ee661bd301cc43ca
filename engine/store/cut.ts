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

/** Bytes that the outputs of each of these contexts may take so that all have room together. */
export function outputShare(sizes: readonly number[], room: number): number {
  const left = sizes.reduce((rest, size) => rest - size, room) / Math.max(1, sizes.length);
  return left < LEAST_OUTPUTS ? 0 : Math.min(left, MOST_OUTPUTS);
}

/** Whether the outputs that the run had when it asked are shown in this context, and not there yet. */
export function lacksOutputs(context: string): boolean {
  return /^\{/.test(context) && !/"step_outputs":/.test(context);
}

/**
 * The outputs that the run had when it asked, as far as there is room: they are not stored with each
 * question again. Whoever fills it goes through the steps that had completed, newest first.
 */
export class ShownOutputs {
  readonly #shown = new Map<string, string>();
  #left: number;
  #isCut = false;

  /** `room`: bytes for all of them. */
  constructor(room: number) {
    this.#left = room;
  }

  /** A step that ran again counts as it last was. */
  has(stepId: string): boolean {
    return this.#shown.has(stepId);
  }

  /** Takes the room of the step's output; false when there is none left, nor for any before it. */
  hasRoom(stepId: string, size: number): boolean {
    this.#left -= size + stepId.length;
    if (this.#left < 0) this.#isCut = true;
    return this.#left >= 0;
  }

  add(stepId: string, output: string | null): void {
    if (output !== null) this.#shown.set(stepId, output);
  }

  /** The context with them; `isAll`: whether no step can have completed before those gone through. */
  in(context: string, isAll: boolean): string {
    const members = [...this.#shown].map(([id, text]) => `${JSON.stringify(id)}:${text}`);
    const added = [
      ...(members.length > 0 ? [`"step_outputs":{${members.join(",")}}`] : []),
      ...(this.#isCut || !isAll ? ['"step_outputs_truncated":true'] : []),
    ];
    if (added.length === 0) return context;
    return `${context.slice(0, -1)}${context === "{}" ? "" : ","}${added.join(",")}}`;
  }
}

/** Whether a context of this size has to be read to be shown in about `most` characters. */
export function isLookedInto(size: number, most: number): boolean {
  return size <= LARGEST_CONTEXT || size <= most;
}

/** The context in about `most` characters; its text is null when it is not looked into. */
export function cutContext(size: number, most: number, text: string | null): string {
  if (!isLookedInto(size, most)) return JSON.stringify({ truncated: true, size });
  text ??= "null";
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
