// What a delivery says: its body as a value, those of its headers that mean something, and its query.

import { setOwn } from "../../core/copy.ts";
import type { Json, JsonObject } from "../../core/json.ts";

/** Members of a form, and of a query. */
const MOST_FIELDS = 1_000;

/** Those that tell what is delivered; never one that proves who delivers it. */
export const HEADERS = [
  "content-type",
  "user-agent",
  "idempotency-key",
  "webhook-id",
  "webhook-timestamp",
  "x-request-id",
  "x-event-type",
  "x-github-event",
  "x-github-delivery",
  "x-gitlab-event",
  "x-gitea-event",
  "x-shopify-topic",
  "x-slack-request-timestamp",
  "x-slack-retry-num",
  "x-slack-retry-reason",
] as const;

/** Why a body cannot be read: `rule` completes the sentence "body: …". */
export class ContentError extends Error {
  /** Whether it is of a kind that is not taken, rather than broken. */
  readonly isKind: boolean;

  constructor(rule: string, { isKind = false } = {}) {
    super(rule);
    this.isKind = isKind;
  }
}

/** Of the allowed headers those that came. */
export function headersOf(header: (name: string) => string | undefined): JsonObject {
  const found: JsonObject = {};
  for (const name of HEADERS) {
    const value = header(name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** Names that come several times have an array. Throws ContentError for too many. */
export function fieldsOf(pairs: Iterable<[string, string]>): JsonObject {
  const found: JsonObject = {};
  let count = 0;
  for (const [name, value] of pairs) {
    if (++count > MOST_FIELDS) throw new ContentError(`must have at most ${MOST_FIELDS} fields`);
    const before = Object.hasOwn(found, name) ? found[name]! : undefined;
    if (before === undefined) setOwn(found, name, value);
    else if (Array.isArray(before)) before.push(value);
    else setOwn(found, name, [before, value]);
  }
  return found;
}

export type Form = "json" | "form" | "text";

/**
 * How the body is to be read, by its headers. Throws ContentError for one that is compressed, or not in
 * UTF-8.
 */
export function formOf(header: (name: string) => string | undefined): Form {
  const coding = (header("content-encoding") ?? "identity").trim().toLowerCase();
  if (coding !== "identity") throw new ContentError("must not be compressed", { isKind: true });
  const [type = "", ...parameters] = (header("content-type") ?? "").toLowerCase().split(";");
  const charset = parameters.map((one) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(one)?.[1])
    .find((one) => one !== undefined) ?? "utf-8";
  if (!["utf-8", "utf8", "us-ascii"].includes(charset)) {
    throw new ContentError("must be UTF-8", { isKind: true });
  }
  const plain = type.trim();
  if (plain === "application/json" || plain.endsWith("+json")) return "json";
  return plain === "application/x-www-form-urlencoded" ? "form" : "text";
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The body as what its form says; null of an empty one. `json`: reads it as JSON. */
export async function bodyOf(
  form: Form,
  bytes: Uint8Array,
  json: () => Promise<Json>,
): Promise<Json> {
  if (bytes.length === 0) return null;
  if (form === "json") return await json();
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new ContentError("must be UTF-8");
  }
  return form === "form" ? fieldsOf(new URLSearchParams(text)) : text;
}
