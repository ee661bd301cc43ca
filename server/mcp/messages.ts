// Which JSON-RPC messages a transport takes in, and how it refuses one.

import {
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResponse,
  type JSONRPCMessage,
  type JSONRPCRequest,
} from "@modelcontextprotocol/server";
import { isObject } from "../../core/json.ts";
import { essentials } from "./introduction.ts";

export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const INVALID_PARAMS = -32602;
/** Transport errors of the 2025 revisions, as their SDKs number them. */
export const BAD_SESSION_REQUEST = -32000;
export const SESSION_NOT_FOUND = -32001;

export const MAX_BATCH = 100;

/** Meant by an `initialize` that names no revision. */
const OLDEST_HTTP_VERSION = "2025-03-26";

/** The message, or undefined when it is not one of JSON-RPC 2.0. */
export function readMessage(body: unknown): JSONRPCMessage | undefined {
  if (isJSONRPCRequest(body)) return body.method === "initialize" ? introduction(body) : body;
  if (isJSONRPCNotification(body) || isJSONRPCResponse(body)) return body;
  return undefined;
}

/** All of a POST's messages, or undefined when one is none of JSON-RPC 2.0 or there are too many. */
export function readMessages(bodies: unknown[]): JSONRPCMessage[] | undefined {
  if (bodies.length === 0 || bodies.length > MAX_BATCH) return undefined;
  const messages = bodies.map(readMessage);
  return messages.includes(undefined) ? undefined : messages as JSONRPCMessage[];
}

/** What a session keeps for as long as it lives is short, whatever the client said. */
function introduction(request: JSONRPCRequest): JSONRPCRequest {
  const params = essentials({ ...request.params });
  return { ...request, params: { protocolVersion: OLDEST_HTTP_VERSION, ...params } };
}

/** A result or an error; the id of an error may be missing when the request was unreadable. */
export type Answer = Exclude<JSONRPCMessage, { method: string }>;

export function isRequest(message: JSONRPCMessage): message is JSONRPCRequest {
  return "method" in message && "id" in message;
}

export function isResponse(message: JSONRPCMessage): message is Answer {
  return !("method" in message);
}

/** A refusal before the protocol layer saw the message; it carries the id when one is readable. */
export function refuse(
  options: { status: number; code: number; message: string; body?: unknown },
): Response {
  const { status, code, message, body } = options;
  const id = isObject(body) && (typeof body.id === "string" || typeof body.id === "number")
    ? body.id
    : null;
  return Response.json({ jsonrpc: "2.0", id, error: { code, message } }, { status });
}
