// How an answer is sent: a large one a piece at a time, so that others have turns in between.

import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { isLarge, type Structure } from "../../core/json-parts.ts";
import { jsonPieces } from "../../core/json-pieces.ts";
import { Turnstile } from "../../core/turnstile.ts";

const encoder = new TextEncoder();

/** All large answers take turns: of ten pieces that are due at once, one is made in each turn. */
const turns = new Turnstile();

export interface AnswerOptions {
  status?: ContentfulStatusCode;
  headers?: Record<string, string>;
  /** Resolves when the next piece may be made. */
  turn(): Promise<void>;
}

/** The value as JSON; it must not change while it is sent. */
export function answer(
  c: Context,
  value: object,
  { status = 200, headers = {}, turn }: AnswerOptions,
): Response {
  if (!isLarge(value as Structure)) return c.json(value, status, headers);
  const pieces = jsonPieces(value as Structure);
  // One piece at a time: the next is not made before this one has been taken.
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await turns.pass();
      await turn();
      const { done, value: text } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(text));
    },
  }, { highWaterMark: 0 });
  return c.body(body, status, { ...headers, "content-type": "application/json" });
}
