// The routes of decisions: what runs wait for somebody to decide, what was decided, and the deciding.

import type { Hono } from "hono";
import { OpcodeError } from "../../core/errors.ts";
import { placeOf } from "../../core/fault-at.ts";
import type { JsonObject } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import type { Opcode } from "../../engine/api.ts";
import type { ResolveRequest } from "../../engine/contract/steering.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import type { HeldPlaces } from "../held.ts";
import { answer } from "./answer.ts";
import { RESOLVE_BODY, REST_WAIT_MS } from "./bodies.ts";
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
    const request = await readBody<ResolveRequest>(c, RESOLVE_BODY);
    const { choice, data, wait_ms = REST_WAIT_MS, ...more } = request;
    const opcode = opcodeFor(callerOf(c));
    const { workflow_id, decision_id } = await oneDecision(opcode, c.req.param("id"));
    const signal = {
      ...more,
      workflow_id: workflow_id as string,
      decision_id: decision_id as string,
      signal_type: "decision" as const,
      payload: { choice, ...(data !== undefined && { data }) },
      wait_ms,
      via: viaOf(c),
    };
    const reply = await waiting(c, { held, wait_ms }, (watch) => opcode.signal(signal, watch))
      .catch((thrown) => {
        throw ofBody(thrown);
      });
    return answer(c, reply, { turn: () => opcode.turn(request.agent_id) });
  });
}

/** NOT_FOUND when there is none, or none that the caller sees. */
async function oneDecision(opcode: Opcode, id: string): Promise<JsonObject> {
  const filter = { decision_id: id, limit: 1 };
  const { rows } = await opcode.query({ resource: "decisions", filter });
  if (rows[0] !== undefined) return rows[0];
  throw new OpcodeError("NOT_FOUND", `decision ${quoted(id)} not found`, {
    details: { decision_id: id },
  });
}

const PAYLOAD = "payload.";

/** What is wrong with the payload of the signal is so with the body that it was made of. */
function ofBody(thrown: unknown): unknown {
  if (!(thrown instanceof OpcodeError) || !thrown.message.startsWith(PAYLOAD)) return thrown;
  const { code, message, details, stepId } = thrown;
  const path = String(details?.path).slice(PAYLOAD.length);
  return new OpcodeError(code, message.slice(PAYLOAD.length), {
    details: { ...details, ...placeOf(path) },
    ...(stepId !== undefined && { stepId }),
  });
}
