// How a tool's answer or failure looks on the wire.

import { type ErrorObject, errorText } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";

export interface ToolResult {
  [key: string]: unknown;
  content: { type: "text"; text: string }[];
  structuredContent: Record<string, unknown>;
  isError?: true;
}

/** The same object twice: as compact JSON text for the model, structured for the program. */
export function success(reply: object): ToolResult {
  return {
    content: [{ type: "text", text: JSON.stringify(reply) }],
    structuredContent: reply as JsonObject,
  };
}

/** What the caller did wrong or the engine refused: text to read, code and details to act on. */
export function failure(error: ErrorObject): ToolResult {
  return {
    content: [{ type: "text", text: errorText(error) }],
    structuredContent: { error },
    isError: true,
  };
}
