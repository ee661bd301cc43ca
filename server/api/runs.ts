// The routes of runs: start, list, read, signal.

import type { Context, Hono } from "hono";
import { isTerminal } from "../../core/status.ts";
import type { RunRequest, SignalRequest, Watch } from "../../engine/api.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import { type HeldPlaces, inPlace, leavingOf } from "../held.ts";
import { answer } from "./answer.ts";
import { REST_WAIT_MS, RUN_BODY, SIGNAL_BODY } from "./bodies.ts";
import { readBody } from "./body.ts";
import { listResponse } from "./query.ts";
import { readQuery } from "./query-string.ts";

export function runRoutes(app: Hono, deps: { opcodeFor: OpcodeFor; held: HeldPlaces }): void {
  const { opcodeFor } = deps;
  /** A caller that waits stops waiting when it hangs up or its place is needed; the run goes on. */
  const waiting = <T>(c: Context, waitMs: number, call: (watch: Watch) => Promise<T>) =>
    waitMs > 0 ? inPlace(deps.held.waits, leavingOf(c), (signal) => call({ signal })) : call({});

  app.post("/api/v1/runs", async (c) => {
    const request = await readBody<RunRequest>(c, RUN_BODY);
    const wait_ms = request.wait_ms ?? REST_WAIT_MS;
    const opcode = opcodeFor(callerOf(c));
    const reply = await waiting(
      c,
      wait_ms,
      (watch) => opcode.run({ ...request, wait_ms }, watch),
    );
    const over = isTerminal(reply.status) || reply.status === "suspended";
    return answer(c, reply, {
      status: over ? 200 : 202,
      headers: { location: `/api/v1/runs/${reply.workflow_id}` },
      turn: () => opcode.turn(request.agent_id ?? ""),
    });
  });

  app.get(
    "/api/v1/runs",
    (c) => listResponse(c, opcodeFor, { resource: "workflows", key: "runs" }),
  );

  app.get("/api/v1/runs/:id", async (c) => {
    readQuery(c, []);
    const opcode = opcodeFor(callerOf(c));
    return answer(c, await opcode.status(c.req.param("id")), { turn: () => opcode.turn("") });
  });

  app.post("/api/v1/runs/:id/signal", async (c) => {
    const request = await readBody<Omit<SignalRequest, "workflow_id">>(c, SIGNAL_BODY);
    const wait_ms = request.wait_ms ?? REST_WAIT_MS;
    const signal = { ...request, workflow_id: c.req.param("id"), wait_ms };
    const opcode = opcodeFor(callerOf(c));
    const reply = await waiting(c, wait_ms, (watch) => opcode.signal(signal, watch));
    return answer(c, reply, { turn: () => opcode.turn(request.agent_id ?? "") });
  });
}
