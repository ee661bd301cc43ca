// What a request's body says: JSON in UTF-8, and not too deep to be walked.

import { DEEPEST_VALUE, isDeeperThan } from "../core/depth.ts";
import type { Json } from "../core/json.ts";
import { Turnstile } from "../core/turnstile.ts";
import { working } from "../core/working.ts";
import { BodyError } from "./body-error.ts";
import type { Ticket } from "./intake.ts";
import { tooManyValues } from "./json-shape.ts";
import { parseJsonText } from "./json-text.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes from which bodies take turns. */
const LARGE_BODY = 64 * 1024;
const large = new Turnstile();

/**
 * Reads a body, and makes a value of it once its ticket lets it through. Throws BodyError, or
 * JsonTextError saying where the text breaks.
 */
export async function readJson(
  request: { arrayBuffer(): Promise<ArrayBuffer> },
  ticket: Ticket,
): Promise<Json> {
  const bytes = await request.arrayBuffer().catch(() => {
    throw new BodyError("did not come to its end");
  });
  // What follows a large body takes milliseconds each: counting, parsing, checking, writing it again.
  const turn = async () => {
    if (bytes.byteLength > LARGE_BODY) await large.pass();
    working();
  };
  await turn();
  const tooMany = tooManyValues(new Uint8Array(bytes));
  if (tooMany !== undefined) throw new BodyError(tooMany);
  await ticket.arrived(new Uint8Array(bytes));
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new BodyError("must be UTF-8");
  }
  await turn();
  const value = parseJsonText(text);
  await turn();
  if (tooDeep(text, value)) {
    throw new BodyError(`must not nest deeper than ${DEEPEST_VALUE} levels`);
  }
  await turn();
  return value;
}

/** Whether the value, read from this text, is too deep; a short text cannot hold such a value. */
export function tooDeep(text: string, value: Json): boolean {
  return text.length > 2 * DEEPEST_VALUE && isDeeperThan(value, DEEPEST_VALUE);
}
