// How a tool's answer or failure looks on the wire.

import { type ErrorObject, errorText } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Digest } from "./tools/tool.ts";

/** Faults that the text of a failure lists; the structure beside it lists more. */
const MOST_LISTED = 20;

type Content =
  | { type: "text"; text: string }
  | { type: "image"; data: string; mimeType: "image/png" };

export interface ToolResult {
  [key: string]: unknown;
  content: Content[];
  structuredContent: Record<string, unknown>;
  isError?: true;
}

/** Bytes up to which the text of an answer is a copy of its structure … */
const MOST_COPIED = 10_000;
/** … also of one that was asked for as a whole, since some hosts show their models the text alone. */
const MOST_ASKED = 40_000;
/** Bytes of the text otherwise. */
const TEXT = 10_000;

/**
 * The reply structured for the program, and as compact JSON text for the model: the same object twice,
 * unless it is long; then the text is a shorter answer.
 */
export function success(reply: object, { digest, args, image }: {
  digest?: Digest | undefined;
  args: JsonObject;
  /** The PNG as base64 that the reply holds: shown as such, and not told in letters once more. */
  image?: string | undefined;
}): ToolResult {
  if (image !== undefined) return pictured(reply, image);
  if (digest === undefined) return both(reply, JSON.stringify(reply));
  const short = digest.of(reply as JsonObject);
  const all = digest.asksForAll(args);
  const structured = all ? short(Infinity) : short(digest.most);
  const text = JSON.stringify(structured);
  const fits = Buffer.byteLength(text) <= (all ? MOST_ASKED : MOST_COPIED);
  if (fits) return both(structured, text);
  return both(structured, JSON.stringify(all ? asText(short(MOST_ASKED)) : short(TEXT)));
}

/** How the rest is had by who has asked for everything, and sees the text alone. */
const ASKED_HINT =
  "This text is cut to 40 KB; structuredContent beside it has everything. For texts alone: less " +
  "at a time (opcode.status with step_id and fields; opcode.query with limit 1), or the REST API.";

/** The hint of a shorter answer names the very call that it answers. */
function asText(short: JsonObject): JsonObject {
  return short.hint === undefined ? short : { ...short, hint: ASKED_HINT };
}

function pictured(reply: object, image: string): ToolResult {
  const told = Object.entries(reply).filter(([, value]) => value !== image);
  const text = JSON.stringify({ ...Object.fromEntries(told), base64_length: image.length });
  return {
    content: [{ type: "text", text }, { type: "image", data: image, mimeType: "image/png" }],
    structuredContent: reply as JsonObject,
  };
}

function both(reply: object, text: string): ToolResult {
  return { content: [{ type: "text", text }], structuredContent: reply as JsonObject };
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
