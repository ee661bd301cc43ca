// How a tool's answer or failure looks on the wire.

import { type ErrorObject, errorText } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";

/** Faults that the text of a failure lists; the structure beside it lists more. */
const MOST_LISTED = 20;

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
    content: [{ type: "text", text: failureText(error) }],
    structuredContent: { error },
    isError: true,
  };
}

/** The error, and below it each fault of a definition that has several. */
function failureText(error: ErrorObject): string {
  const faults = (Array.isArray(error.details?.errors) ? error.details.errors : []).filter(
    isObject,
  );
  const count = Math.max(Number(error.details?.error_count) || 0, faults.length);
  if (count < 2) return errorText(error);
  const listed = faults.slice(0, MOST_LISTED).map(({ path, message }) => `${path}: ${message}`);
  const more = count - listed.length;
  if (more > 0) listed.push(`and ${more} more`);
  return [errorText(error), ...listed].join("\n");
}
