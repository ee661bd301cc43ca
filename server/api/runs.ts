// The routes of runs: start, list, read, signal.

import type { Context, Hono } from "hono";
import type { JsonObject } from "../../core/json.ts";
import { isTerminal } from "../../core/status.ts";
import type { RunRequest, SignalRequest, Watch } from "../../engine/api.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import { type HeldPlaces, inPlace, leavingOf } from "../held.ts";
import { readBody } from "./body.ts";
import { listResponse } from "./query.ts";
import { readQuery } from "./query-string.ts";

const WAIT_MS = { type: "integer", minimum: 0, maximum: 600_000 };

const START: JsonObject = {
  type: "object",
  properties: {
    template_name: { type: "string" },
    agent_id: { type: "string" },
    version: { type: "string" },
    params: { type: "object" },
    wait_ms: WAIT_MS,
    idempotency_key: { type: "string" },
    from_run: { type: "string" },
    from_step: { type: "string" },
  },
  required: ["agent_id"],
  additionalProperties: false,
};

const SIGNAL: JsonObject = {
  type: "object",
  properties: {
    signal_type: { enum: ["decision", "data", "cancel", "retry", "skip"] },
    payload: { type: "object" },
    step_id: { type: "string" },
    decision_id: { type: "string" },
    agent_id: { type: "string" },
    reasoning: { type: "string" },
    wait_ms: WAIT_MS,
  },
  required: ["signal_type"],
  additionalProperties: false,
};

export function runRoutes(app: Hono, deps: { opcodeFor: OpcodeFor; held: HeldPlaces }): void {
  const { opcodeFor } = deps;
  /** A caller that waits stops waiting when it hangs up or its place is needed; the run goes on. */
  const waiting = <T>(c: Context, waitMs: number, call: (watch: Watch) => Promise<T>) =>
    waitMs > 0 ? inPlace(deps.held.waits, leavingOf(c), (signal) => call({ signal })) : call({});

  app.post("/api/v1/runs", async (c) => {
    const request = await readBody<RunRequest>(c, START);
    const wait_ms = request.wait_ms ?? 0;
    const reply = await waiting(
      c,
      wait_ms,
      (watch) => opcodeFor(callerOf(c)).run({ ...request, wait_ms }, watch),
    );
    const over = isTerminal(reply.status) || reply.status === "suspended";
    return c.json(reply, over ? 200 : 202, { location: `/api/v1/runs/${reply.workflow_id}` });
  });

  app.get(
    "/api/v1/runs",
    (c) => listResponse(c, opcodeFor, { resource: "workflows", key: "runs" }),
  );

  app.get("/api/v1/runs/:id", async (c) => {
    readQuery(c, []);
    return c.json(await opcodeFor(callerOf(c)).status(c.req.param("id")));
  });

  app.post("/api/v1/runs/:id/signal", async (c) => {
    const request = await readBody<Omit<SignalRequest, "workflow_id">>(c, SIGNAL);
    const wait_ms = request.wait_ms ?? 0;
    const signal = { ...request, workflow_id: c.req.param("id"), wait_ms };
    return c.json(
      await waiting(c, wait_ms, (watch) => opcodeFor(callerOf(c)).signal(signal, watch)),
    );
  });
}
