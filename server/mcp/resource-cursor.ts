// How a place in the list of resources is written into an opaque cursor, and read again.

import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { isObject } from "../../core/json.ts";

export interface Position {
  /** Which list it is in. */
  resource: "templates" | "workflows";
  /** The list's own cursor; absent at its beginning. */
  cursor?: string;
  /** The template that the page before ended with. */
  after?: string;
}

export function encodePosition(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

/** The beginning when there is no cursor; -32602 when it is not one of ours. */
export function decodePosition(text: string | undefined): Position {
  if (text === undefined) return { resource: "templates" };
  try {
    const value = JSON.parse(Buffer.from(text, "base64url").toString());
    if (isPosition(value)) return value;
  } catch {
    // Falls through to the one message for every text that is no cursor.
  }
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, "cursor: not one of this list");
}

function isPosition(value: unknown): value is Position {
  const text = (of: unknown) => of === undefined || typeof of === "string";
  return isObject(value) && (value.resource === "templates" || value.resource === "workflows") &&
    text(value.cursor) && text(value.after);
}
