// The routes of runs: start, list, read, signal.

import type { Context, Hono } from "hono";
import { isTerminal } from "../../core/status.ts";
import type { Opcode, RunReply, RunRequest, SignalRequest } from "../../engine/api.ts";
import { BULK_ACTIONS, type BulkRequest } from "../../engine/contract/bulk.ts";
import type { CancelRequest, ForkRequest, RerunRequest } from "../../engine/contract/steering.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import type { HeldPlaces } from "../held.ts";
import { answer } from "./answer.ts";
import {
  BULK_BODY,
  CANCEL_BODY,
  FORK_BODY,
  RERUN_BODY,
  REST_WAIT_MS,
  RUN_BODY,
  SIGNAL_BODY,
} from "./bodies.ts";
import { readBody } from "./body.ts";
import { listResponse } from "./query.ts";
import { viaOf } from "./via.ts";
import { readQuery } from "./query-string.ts";
import { waiting } from "./waiting.ts";

const RUNS = "/api/v1/runs";

export function runRoutes(app: Hono, deps: { opcodeFor: OpcodeFor; held: HeldPlaces }): void {
  const { opcodeFor, held } = deps;

  app.post(RUNS, async (c) => {
    const request = await readBody<RunRequest>(c, RUN_BODY);
    return await started(c, opcodeFor(callerOf(c)), held, request);
  });

  app.get(RUNS, (c) => listResponse(c, opcodeFor, { resource: "workflows", key: "runs" }));

  app.get(`${RUNS}/:id`, async (c) => {
    readQuery(c, []);
    const opcode = opcodeFor(callerOf(c));
    return answer(c, await opcode.status(c.req.param("id")), { turn: () => opcode.turn("") });
  });

  // Before those of one run, whose id is never this.
  for (const action of BULK_ACTIONS) {
    app.post(`${RUNS}/bulk/${action}`, async (c) => {
      const request = await readBody<BulkRequest>(c, BULK_BODY);
      return c.json(await opcodeFor(callerOf(c)).bulk(action, request));
    });
  }

  app.post(`${RUNS}/:id/signal`, async (c) => {
    const request = await readBody<Omit<SignalRequest, "workflow_id">>(c, SIGNAL_BODY);
    const wait_ms = request.wait_ms ?? REST_WAIT_MS;
    const signal = { ...request, workflow_id: c.req.param("id"), wait_ms, via: viaOf(c) };
    const opcode = opcodeFor(callerOf(c));
    const reply = await waiting(c, { held, wait_ms }, (watch) => opcode.signal(signal, watch));
    return answer(c, reply, { turn: () => opcode.turn(request.agent_id ?? "") });
  });

  app.post(`${RUNS}/:id/cancel`, async (c) => {
    const { reason, agent_id } = await readBody<CancelRequest>(c, CANCEL_BODY);
    const reply = await opcodeFor(callerOf(c)).signal({
      workflow_id: c.req.param("id"),
      signal_type: "cancel",
      ...(reason !== undefined && { reasoning: reason }),
      ...(agent_id !== undefined && { agent_id }),
      wait_ms: 0,
    });
    return c.json(reply);
  });

  app.post(`${RUNS}/:id/rerun`, async (c) => {
    const request = await readBody<RerunRequest>(c, RERUN_BODY);
    const opcode = opcodeFor(callerOf(c));
    const reply = await opcode.rerun({ ...request, workflow_id: c.req.param("id") });
    // Who asks for another run of it asks for that it is begun, however soon it ends.
    return told(c, opcode, { reply, agent: request.agent_id, status: 202 });
  });

  app.post(`${RUNS}/:id/fork`, async (c) => {
    const request = await readBody<Omit<ForkRequest, "from_run">>(c, FORK_BODY);
    const from_run = c.req.param("id");
    return await started(c, opcodeFor(callerOf(c)), held, { ...request, from_run });
  });
}

/** Starts a run, and waits for it as long as asked. */
async function started(
  c: Context,
  opcode: Opcode,
  held: HeldPlaces,
  request: RunRequest,
): Promise<Response> {
  const wait_ms = request.wait_ms ?? REST_WAIT_MS;
  const reply = await waiting(
    c,
    { held, wait_ms },
    (watch) => opcode.run({ ...request, wait_ms }, watch),
  );
  const over = isTerminal(reply.status) || reply.status === "suspended";
  return told(c, opcode, { reply, agent: request.agent_id, status: over ? 200 : 202 });
}

function told(
  c: Context,
  opcode: Opcode,
  { reply, agent = "", status }: {
    reply: RunReply;
    agent: string | undefined;
    status: 200 | 202;
  },
): Response {
  return answer(c, reply, {
    status,
    headers: { location: `${RUNS}/${reply.workflow_id}` },
    turn: () => opcode.turn(agent),
  });
}
