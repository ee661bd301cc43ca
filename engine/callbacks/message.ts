// What a callback says, and how its receiver knows who says it.

import { createHmac } from "node:crypto";
import { parseJson } from "../../core/exact-json.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { DecisionLinks } from "../links/links.ts";
import type { CallbackRow, Store } from "../store/store.ts";
import { questionsOf } from "./questions.ts";

/** Bytes of JSON of an output that is sent along. */
export const LARGEST_SENT = 256 * 1024;
/** What a payload has beside the output in it, bytes. */
const PAYLOAD_BYTES = 1024;

export interface Message {
  headers: Record<string, string>;
  body: string;
}

/** The same for every attempt of one callback, and for no other. */
export function idOf({ seq, head }: Pick<CallbackRow, "seq" | "head">): string {
  const { workflow_id } = parseJson(head) as { workflow_id: string };
  return `${workflow_id}.${seq}`;
}

/** `secret`: its value; `now`: epoch ms. */
export async function messageOf(
  store: Store,
  row: CallbackRow,
  { secret, now, links }: { secret: string; now: number; links: DecisionLinks },
): Promise<Message> {
  const head = parseJson(row.head) as JsonObject;
  const id = idOf(row);
  const body = JSON.stringify({
    id,
    event: row.event,
    ...head,
    ...await outcomeOf(store, row),
    ...row.event === "suspended" &&
      await questionsOf(store, head.workflow_id as string, links),
  });
  const time = String(Math.floor(now / 1_000));
  const signature = createHmac("sha256", secret).update(`${time}.`).update(body).digest("hex");
  return {
    body,
    headers: {
      "content-type": "application/json",
      "opcode-id": id,
      "opcode-timestamp": time,
      "opcode-signature": `sha256=${signature}`,
      "opcode-attempt": String(row.attempts + 1),
      "idempotency-key": id,
    },
  };
}

/** What the event has of it, as it is stored: without secrets. */
async function outcomeOf(
  store: Store,
  { runNo, seq, event }: CallbackRow,
): Promise<JsonObject> {
  const isOutput = event === "completed";
  const most = isOutput ? LARGEST_SENT + PAYLOAD_BYTES : Infinity;
  const text = await store.eventText(runNo, seq, most);
  // The run, or its events, are kept no longer.
  if (text === null) return { removed: true };
  if (text.payload === null) return { truncated: true, output_size: text.size };
  const { output = null, error, reason } = parseJson(text.payload) as JsonObject;
  if (isOutput) return sentOutput(output);
  return {
    ...(isObject(error ?? null) && { error: sentError(error as JsonObject) }),
    ...(reason !== undefined && { reason }),
  };
}

function sentOutput(output: Json): JsonObject {
  const size = Buffer.byteLength(JSON.stringify(output));
  return size > LARGEST_SENT ? { truncated: true, output_size: size } : { output };
}

/** Its details may be of any size; who wants them asks for the run. */
function sentError({ code, message, step_id }: JsonObject): JsonObject {
  return { code: code!, message: message!, ...(step_id !== undefined && { step_id }) };
}
