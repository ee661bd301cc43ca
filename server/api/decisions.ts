// The routes of decisions: what runs wait for somebody to decide, what was decided, the deciding, and links to it.

import type { Hono } from "hono";
import type { LinkRequest, ResolveRequest } from "../../engine/contract/steering.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import { oneDecision, resolveDecision } from "../decisions.ts";
import type { HeldPlaces } from "../held.ts";
import { answer } from "./answer.ts";
import { LINK_BODY, RESOLVE_BODY, REST_WAIT_MS } from "./bodies.ts";
import { readBody } from "./body.ts";
import { listResponse } from "./query.ts";
import { readQuery } from "./query-string.ts";
import { viaOf } from "./via.ts";
import { waiting } from "./waiting.ts";

const DECISIONS = "/api/v1/decisions";

export function decisionRoutes(
  app: Hono,
  { opcodeFor, held }: { opcodeFor: OpcodeFor; held: HeldPlaces },
): void {
  app.get(
    DECISIONS,
    (c) => listResponse(c, opcodeFor, { resource: "decisions", key: "decisions" }),
  );

  app.get(`${DECISIONS}/:id`, async (c) => {
    readQuery(c, []);
    const opcode = opcodeFor(callerOf(c));
    return answer(c, await oneDecision(opcode, c.req.param("id")), {
      turn: () => opcode.turn(""),
    });
  });

  app.post(`${DECISIONS}/:id/resolve`, async (c) => {
    const given = await readBody<Omit<ResolveRequest, "decision_id">>(c, RESOLVE_BODY);
    const request = { ...given, wait_ms: given.wait_ms ?? REST_WAIT_MS };
    const { wait_ms } = request;
    const opcode = opcodeFor(callerOf(c));
    const decision = await oneDecision(opcode, c.req.param("id"));
    const via = viaOf(c);
    const reply = await waiting(
      c,
      { held, wait_ms },
      (watch) => resolveDecision(opcode, decision, { request, via, watch }),
    );
    return answer(c, reply, { turn: () => opcode.turn(request.agent_id) });
  });

  app.post(`${DECISIONS}/:id/link`, async (c) => {
    const request = await readBody<Omit<LinkRequest, "decision_id">>(c, LINK_BODY);
    const decision_id = c.req.param("id");
    return c.json(await opcodeFor(callerOf(c)).link({ ...request, decision_id }));
  });

  app.delete(`${DECISIONS}/:id/link`, async (c) => {
    readQuery(c, []);
    return c.json(await opcodeFor(callerOf(c)).unlink({ decision_id: c.req.param("id") }));
  });
}
