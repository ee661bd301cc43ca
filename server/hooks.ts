// The place where deliveries to hooks come in, without a token of the daemon's.

import type { Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { OpcodeError } from "../core/errors.ts";
import { faultAt } from "../core/fault-at.ts";
import type { EngineFacade, Received, RefusedFor, Watch } from "../engine/api.ts";
import { isTerminal } from "../core/status.ts";
import { BodyError } from "./body-error.ts";
import { type HeldPlaces, inPlace, leavingOf } from "./held.ts";
import { HOOK_PATH, strangerOf } from "./hook-door.ts";
import { errorResponse } from "./http-errors.ts";
import { ticketOf } from "./intake.ts";
import { readJson } from "./json-body.ts";
import { JsonTextError } from "./json-text.ts";

/** Bytes of one delivery: it is read, and hashed, before it is known who has sent it. */
export const MOST_DELIVERED = 1024 * 1024;
/** How long a sender may have itself kept waiting, ms: most give up sooner. */
export const LONGEST_HOOK_WAIT_MS = 60_000;

const STATUS: Record<RefusedFor, ContentfulStatusCode> = {
  unknown: 404,
  method: 405,
  unverified: 401,
  unavailable: 503,
  kind: 415,
  unreadable: 400,
  unsuitable: 422,
};

export type Receive = EngineFacade["receive"];

/** `maxBody`: bytes of any request's body. */
export function hookRoutes(
  app: Hono,
  deps: { receive: Receive; held: HeldPlaces; maxBody: number },
): void {
  const maxSize = Math.min(MOST_DELIVERED, deps.maxBody);
  const tooLarge = () => new BodyError(`must be at most ${maxSize} bytes`);
  const counted = bodyLimit({
    maxSize,
    onError: (c) => take(c, deps, { broken: tooLarge() }),
  });
  app.post(HOOK_PATH, counted, (c) => take(c, deps));
  app.all(HOOK_PATH, (c) => take(c, deps));
}

async function take(
  c: Context,
  { receive, held }: { receive: Receive; held: HeldPlaces },
  { broken }: { broken?: BodyError } = {},
): Promise<Response> {
  const { method } = c.req;
  const { wait_ms, query, fault } = queryOf(c);
  const delivery = {
    template: c.req.param("template")!,
    name: c.req.param("name")!,
    method,
    header: (name: string) => c.req.header(name),
    query,
    async bytes() {
      if (broken) throw broken;
      return new Uint8Array(await c.req.arrayBuffer());
    },
    json: (bytes: Uint8Array) => readDelivered(c, bytes),
    stranger: strangerOf(c),
    waitMs: wait_ms,
    ...(fault && { fault }),
    // Only who has proved who it is has a place among those who wait.
    waiting: <T>(call: (watch: Watch) => Promise<T>) =>
      wait_ms > 0 ? inPlace(held.waits, leavingOf(c), (signal) => call({ signal })) : call({}),
  };
  try {
    return answer(c, await receive(delivery), wait_ms);
  } catch (thrown) {
    if (thrown !== broken) throw thrown;
    const error = faultAt("body", broken!.message);
    return errorResponse(error.toJSON(), { status: 413 });
  }
}

/** The parameter that is ours, and those of the delivery. */
function queryOf(
  c: Context,
): { wait_ms: number; query: [string, string][]; fault?: OpcodeError } {
  const own: string[] = [];
  const query: [string, string][] = [];
  for (const [name, values] of Object.entries(c.req.queries())) {
    if (name === "wait_ms") own.push(...values);
    else query.push(...values.map((value): [string, string] => [name, value]));
  }
  const [text = "0"] = own;
  const ms = own.length <= 1 && /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (ms <= LONGEST_HOOK_WAIT_MS) return { wait_ms: ms, query };
  const rule = `must be a whole number from 0 to ${LONGEST_HOOK_WAIT_MS}, once`;
  return { wait_ms: 0, query, fault: faultAt("wait_ms", rule) };
}

/** The body as JSON, counted with what it takes as a value. */
async function readDelivered(c: Context, bytes: Uint8Array) {
  const request = { arrayBuffer: () => Promise.resolve(bytes.slice().buffer) };
  try {
    return await readJson(request, ticketOf(c));
  } catch (thrown) {
    if (thrown instanceof BodyError || thrown instanceof JsonTextError) {
      throw faultAt("body", thrown.message);
    }
    throw thrown;
  }
}

function answer(c: Context, received: Received, waitMs: number): Response {
  if (received.outcome === "challenge") return c.json({ challenge: received.challenge });
  if (received.outcome === "refused") {
    const { why, error } = received;
    return errorResponse(error, {
      status: STATUS[why],
      ...(why === "method" && { headers: { allow: "POST" } }),
    });
  }
  const { outcome: _, ...reply } = received;
  const isOver = waitMs > 0 && (isTerminal(reply.status) || reply.status === "suspended");
  return c.json(reply, isOver ? 200 : 202);
}
