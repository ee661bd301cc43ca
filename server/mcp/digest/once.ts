// What an answer about a run would say twice: it is said once, and elsewhere stands where it is.

import { isObject, type Json, type JsonObject } from "../../../core/json.ts";

/** Bytes of JSON, about, from which on a pointer is shorter than a copy. */
const LEAST = 200;
/** Members of an output, and of those, that may be the output of another step. */
const MOST_MEMBERS = 200;

/**
 * The reply with each large output in one place only: first the run's, then a step's, of which inner
 * steps' are part. In the place of a copy `output_at` names the member of the answer that holds it
 * (`output`, `output.body`, `steps.each.output.results.0`); in that of the cause of the run's error
 * `cause_at` names the step's error. The reply itself stays as it is.
 */
export function once(reply: JsonObject): JsonObject {
  const places = new Map<string, string>();
  const said: JsonObject = { ...reply };
  if (reply.output !== undefined) note(places, "output", reply.output);
  if (isObject(reply.steps ?? null)) {
    said.steps = Object.fromEntries(
      Object.entries(reply.steps as JsonObject).map(([id, step]) => [
        id,
        withoutCopy(step as JsonObject, `steps.${id}.output`, places),
      ]),
    );
    if (isObject(reply.error ?? null)) {
      said.error = withoutCause(reply.error as JsonObject, reply.steps as JsonObject);
    }
  }
  if (Array.isArray(reply.events)) {
    said.events = reply.events.map((event) => {
      const { payload } = event as JsonObject;
      if (!isObject(payload ?? null)) return event;
      return { ...event as JsonObject, payload: withoutCopy(payload as JsonObject, "", places) };
    });
  }
  return said;
}

/** `place`: where its output would stand, for later ones; empty where nothing points to. */
function withoutCopy(holder: JsonObject, place: string, places: Map<string, string>): JsonObject {
  const { output, ...rest } = holder;
  const text = textOf(output);
  if (text === undefined) return holder;
  const known = places.get(text);
  if (known !== undefined) return { ...rest, output_at: known };
  if (place !== "") note(places, place, output!, text);
  return holder;
}

/** Remembers where a value stands, and what is inside of it. */
function note(places: Map<string, string>, place: string, value: Json, text = textOf(value)): void {
  if (text === undefined) return;
  if (!places.has(text)) places.set(text, place);
  for (const [name, member] of membersOf(value)) {
    const inner = textOf(member);
    if (inner === undefined) continue;
    if (!places.has(inner)) places.set(inner, `${place}.${name}`);
    for (const [key, deep] of membersOf(member)) {
      const text = textOf(deep);
      if (text !== undefined && !places.has(text)) places.set(text, `${place}.${name}.${key}`);
    }
  }
}

function membersOf(value: Json): [string, Json][] {
  return typeof value === "object" && value !== null
    ? Object.entries(value).slice(0, MOST_MEMBERS)
    : [];
}

/** The JSON of a value that is worth pointing to. */
function textOf(value: Json | undefined): string | undefined {
  if (value === undefined || value === null || typeof value === "number") return undefined;
  const text = JSON.stringify(value);
  return text.length < LEAST ? undefined : text;
}

function withoutCause(error: JsonObject, steps: JsonObject): JsonObject {
  const { step_id, details } = error;
  if (typeof step_id !== "string" || !isObject(details ?? null)) return error;
  const { cause, ...others } = details as JsonObject;
  const text = textOf(cause);
  const step = Object.hasOwn(steps, step_id) ? steps[step_id] as JsonObject : {};
  if (text === undefined || text !== textOf(step.error)) return error;
  return { ...error, details: { ...others, cause_at: `steps.${step_id}.error` } };
}
