// How attack tests speak: raw requests, and what every refusal must look like.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { type Answer, rest } from "./http.ts";

/** A refusal says what is wrong in our words, and the daemon goes on. */
export async function assertRefused(
  url: string,
  answer: Answer,
  expected: { status: number; message: RegExp; code?: string },
): Promise<void> {
  const shown = JSON.stringify(answer.body)?.slice(0, 300);
  assert.equal(answer.status, expected.status, shown);
  const { code, message } = answer.body.error;
  assert.equal(code, expected.code ?? "VALIDATION_ERROR", shown);
  assert.match(message, expected.message);
  assert.doesNotMatch(JSON.stringify(answer.body), /node_modules|\.ts:\d|RangeError|call stack/);
  await assertHealthy(url);
}

export async function assertHealthy(url: string): Promise<void> {
  assert.equal((await rest(url, "GET", "/healthz")).status, 200);
}

/** Everything a daemon answers to these bytes, until it or we close after the answer. */
export async function raw(url: string, bytes: string | Buffer): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port) });
  let text = "";
  socket.on("data", (chunk) => text += chunk.toString("latin1"));
  socket.on("error", () => {});
  socket.write(bytes);
  // Every request of these tests ends its connection, or is cut off by the server.
  await once(socket, "close");
  return text;
}

/** JSON text of a value nested so deep. */
export function nested(levels: number, open = "[", inside = "1"): string {
  return open.repeat(levels) + inside + (open === "[" ? "]" : "}").repeat(levels);
}
