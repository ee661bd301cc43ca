// Whether a message is small enough for the protocol layer, which copies and checks it several times.

import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { MAX_BATCH } from "./messages.ts";

/** Values of a message outside of its call's arguments: capabilities, metadata and the like. */
const MOST_VALUES = 5_000;
/** Arguments of one call; what they hold is the tool's business. */
const MOST_ARGUMENTS = 1_000;

/** Why the body of a POST is refused before anybody reads it; undefined when it is not. */
export function tooLargeFor(body: unknown): string | undefined {
  if (!Array.isArray(body)) return ofMessage(body);
  if (body.length > MAX_BATCH) return `a batch must have at most ${MAX_BATCH} messages`;
  let values = 0;
  for (const message of body) {
    const problem = ofMessage(message);
    if (problem !== undefined) return problem;
    values += valuesOf(message, MOST_VALUES);
    if (values > MOST_VALUES) return tooMany();
  }
  return undefined;
}

function ofMessage(message: unknown): string | undefined {
  if (valuesOf(message, MOST_VALUES) > MOST_VALUES) return tooMany();
  const args = argumentsOf(message as Json);
  if (args && Object.keys(args).length > MOST_ARGUMENTS) {
    return `params.arguments: must have at most ${MOST_ARGUMENTS} members`;
  }
  return undefined;
}

function tooMany(): string {
  return `a message must hold at most ${MOST_VALUES} values outside of params.arguments`;
}

function argumentsOf(message: Json): JsonObject | undefined {
  if (!isObject(message) || !isObject(message.params)) return undefined;
  const { arguments: args } = message.params;
  return isObject(args) ? args : undefined;
}

/** How many values there are outside of the arguments; the count ends where it is above `limit`. */
function valuesOf(message: unknown, limit: number): number {
  const args = argumentsOf(message as Json);
  const open: unknown[] = [message];
  let count = 0;
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (++count > limit) break;
    if (typeof value !== "object" || value === null || value === args) continue;
    const inside = Array.isArray(value) ? value : Object.values(value);
    if (count + open.length + inside.length > limit) return limit + 1;
    for (const item of inside) open.push(item);
  }
  return count;
}
