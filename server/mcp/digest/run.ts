// What an answer about a run says first, and what of it when it is too long for a context window.

import type { Json, JsonObject } from "../../../core/json.ts";
import type { Digest } from "../tools/tool.ts";
import { withLeftUndone } from "./left-undone.ts";
import { withNext } from "./next.ts";
import { once } from "./once.ts";
import { digestSteps } from "./steps.ts";
import { firstItems, member, shortContext, shortError, sizeOf } from "./values.ts";

/** What needs somebody, after the plain facts and before what may be long. */
const NEEDS = [
  "error",
  "next",
  "left_undone",
  "pending_decisions",
  "waiting_signals",
  "kept_signals",
  "notifications",
  "interrupted",
  "timed_out",
  "poisoned",
  "removed_at",
];
const LONG = ["hint", "output", "steps", "steps_left_out", "context", "events"];

/** Parts of the room that these may take at most, what comes first first. */
const PARTS: Readonly<Record<string, number>> = {
  error: 0.15,
  pending_decisions: 0.3,
  waiting_signals: 0.08,
  kept_signals: 0.08,
  notifications: 0.1,
  interrupted: 0.08,
  rerun: 0.08,
  still_failed: 0.08,
  read_by: 0.08,
  met: 0.08,
  kept: 0.08,
  output: 0.4,
};
/** What events and context have for sure, and at most. */
const EVENTS_PART = 0.1;

/** How what is cut can be had. */
const HINT = "Cut to fit. Whole (a text to 40 KB): opcode.status with step_id (one step), fields " +
  '(e.g. ["output"]) or detail "full"; opcode.query pages events and decisions.';
const HINT_BYTES = 220;

/** Times that the same may stand in a reply, about: larger ones do not fit by being said once. */
const MOST_COPIES = 8;

/** Answers about runs, their structure and their text together below 40 KB. */
export const RUN_DIGEST: Digest = {
  most: 24_000,
  asksForAll: ({ detail }) => detail === "full",
  of: digestRun,
};

/** The same reply, with what needs somebody first. */
export function ordered(reply: JsonObject): JsonObject {
  const rank = (name: string) => {
    const need = NEEDS.indexOf(name);
    return need >= 0 ? 1 + need : LONG.includes(name) ? 100 + LONG.indexOf(name) : 0;
  };
  const names = Object.keys(reply).sort((a, b) => rank(a) - rank(b));
  return Object.fromEntries(names.map((name) => [name, reply[name]!]));
}

/**
 * What makes of the reply one of at most `limit` bytes of JSON (some thousands): what it says, said
 * once, when that is so small. What is cut is measured (`output_size`, …) or counted (`nested`,
 * `steps_left_out`), `truncated` is true and `hint` says how to get it.
 */
export function digestRun(given: JsonObject): (limit: number) => JsonObject {
  const reply = withLeftUndone(withNext(given));
  // Outputs of runs may have megabytes: they are made text once.
  const output = reply.output === undefined ? "" : JSON.stringify(reply.output);
  const { output: _, ...rest } = reply;
  const size = sizeOf(rest) + Buffer.byteLength(output) + '"output":,'.length;
  let said: JsonObject | undefined;
  return (limit) => {
    // Who asks for everything is given it where it always stands.
    if (limit === Infinity) return ordered(reply);
    if (size <= MOST_COPIES * limit) {
      said ??= ordered(once(reply));
      if (sizeOf(said) <= limit) return said;
    }
    for (let room = limit;; room *= 0.8) {
      const digest = ordered(cut(reply, output, room));
      if (sizeOf(digest) <= limit || room < 1_000) return digest;
    }
  };
}

function cut(reply: JsonObject, output: string, limit: number): JsonObject {
  const { steps, context, events, ...head } = reply;
  const shown: JsonObject = { truncated: true, hint: HINT };
  const long = Object.keys(PARTS).filter((name) => Object.hasOwn(head, name));
  const plain = Object.fromEntries(Object.entries(head).filter(([name]) => !long.includes(name)));
  let room = limit - HINT_BYTES - sizeOf(plain);
  for (const name of long) {
    const most = Math.min(PARTS[name]! * limit, room);
    const part = name === "output"
      ? member(name, head[name]!, most, output)
      : shortened(name, head[name]!, most);
    Object.assign(shown, part);
    room -= sizeOf(part);
  }
  const news = (events !== undefined ? EVENTS_PART : 0) * limit;
  const known = (context !== undefined ? EVENTS_PART : 0) * limit;
  if (steps !== undefined) {
    const digest = digestSteps(
      steps as JsonObject,
      Math.max(0, room - news - known),
      reply.truncated === true,
    );
    Object.assign(shown, digest);
    room -= sizeOf(digest);
  }
  if (context !== undefined) {
    const part = member("context", context, Math.min(room - news, 2 * known));
    Object.assign(shown, part);
    room -= sizeOf(part);
  }
  if (Array.isArray(events)) Object.assign(shown, newest(events, room, 2 * news));
  return { ...plain, ...shown };
}

function shortened(name: string, value: Json, most: number): JsonObject {
  if (sizeOf(value) <= most) return { [name]: value };
  if (name === "error") return { error: shortError(value as JsonObject, most) };
  if (!Array.isArray(value)) return member(name, value, most);
  const share = most / Math.min(value.length, 10);
  const items = name === "pending_decisions"
    ? firstItems(value, most, (item) => shortDecision(item as JsonObject, share))
    : firstItems(value, most);
  return { [name]: items, [`${name}_count`]: value.length };
}

/** A question with the start of what it asks, and what can be chosen. */
function shortDecision(decision: JsonObject, most: number): JsonObject {
  if (sizeOf(decision) <= most) return decision;
  const { context, options, ...rest } = decision;
  const choices = Array.isArray(options)
    ? options.map((option) =>
      typeof option === "object" ? { id: (option as JsonObject).id! } : option
    )
    : options;
  const short: JsonObject = { ...rest, ...(choices !== undefined && { options: choices }) };
  if (context === undefined) return short;
  return { ...short, context: shortContext(context as JsonObject, most - sizeOf(short) - 80) };
}

/** The newest events that there is room for. */
function newest(events: Json[], room: number, most: number): JsonObject {
  const kept: Json[] = [];
  let left = Math.min(room, most) - 60;
  for (const event of events.toReversed()) {
    const { payload, ...rest } = event as JsonObject;
    const shown = payload === undefined ? rest : { ...rest, ...member("payload", payload, 300) };
    left -= sizeOf(shown) + 1;
    if (left < 0) break;
    kept.unshift(shown);
  }
  return {
    events: kept,
    ...(kept.length < events.length && { events_truncated: true }),
  };
}
