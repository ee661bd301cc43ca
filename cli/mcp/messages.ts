// What of the JSON-RPC messages that pass through the bridge looks at, and the errors it answers itself.

import type { IncomingMessage } from "node:http";
import { parseJson } from "../../core/exact-json.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { type ClientToken, refusedToken } from "../../server/settings/agent-token.ts";
import { messagesOf, NotSentError } from "./http.ts";

export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
/** Of the range that JSON-RPC leaves to implementations: the call did not get its answer. */
export const NO_ANSWER = -32000;

/** The ids of the requests in a message or a batch, each as JSON text. */
export function requestIds(message: JsonObject | Json[]): string[] {
  return (Array.isArray(message) ? message : [message]).flatMap((one) =>
    isObject(one) && typeof one.method === "string" && isId(one.id) ? [JSON.stringify(one.id)] : []
  );
}

/** The ids that a message or a batch of the server answers. */
export function answeredIds(message: unknown): string[] {
  return (Array.isArray(message) ? message : [message]).flatMap((one) =>
    isObject(one) && one.method === undefined && isId(one.id) ? [JSON.stringify(one.id)] : []
  );
}

function isId(value: Json | undefined): boolean {
  return typeof value === "string" || typeof value === "number";
}

/** An error answer; `id` is JSON text. */
export function errorLine(id: string, code: number, message: string): string {
  return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify({ code, message })}}`;
}

/** Whether a text is a JSON-RPC message or a batch of them. */
export function parseAnswer(text: string): JsonObject | Json[] | undefined {
  try {
    const value = parseJson(text);
    if (Array.isArray(value) || (isObject(value) && value.jsonrpc === "2.0")) return value;
  } catch {
    // Not an answer of /mcp: the caller says which status came instead.
  }
}

/** The daemon would not take a message in. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

/** The one JSON-RPC answer of a response; throws a RefusedError when it is none. */
export async function answerOf(
  response: IncomingMessage,
  token: ClientToken,
): Promise<{ text: string; message: JsonObject }> {
  let last = "";
  for await (const text of messagesOf(response)) last = text;
  const message = parseAnswer(last);
  if (isObject(message)) return { text: last, message };
  throw refusal(response, last, token);
}

/** Why the daemon answered with a status instead of what was asked for. */
export function refusal(
  response: IncomingMessage,
  body: string,
  token: ClientToken,
): RefusedError {
  const { statusCode } = response;
  if (statusCode === 401) {
    return new RefusedError(`the daemon ${refusedToken(token)}`);
  }
  let why = "";
  try {
    const value = parseJson(body);
    if (isObject(value) && isObject(value.error)) why = `: ${value.error.message}`;
  } catch {
    // Then the status alone must do.
  }
  return new RefusedError(`the daemon refused the message (HTTP ${statusCode})${why}`);
}

/** What a client is told whose request got no answer: above all whether it may have been done. */
export function noAnswerText(error: Error): string {
  if (error instanceof RefusedError) return error.message;
  if (error instanceof NotSentError) return `${error.message}; nothing was done`;
  return `the daemon went away before it answered (${error.message}): what was asked may have been ` +
    "done, and a workflow that began goes on; opcode.query lists the workflows";
}
