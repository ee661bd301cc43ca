// How a decision is read and answered over HTTP: the one way of the API's route and of links.

import { OpcodeError } from "../core/errors.ts";
import { placeOf } from "../core/fault-at.ts";
import type { Via } from "../core/via.ts";
import type { DecisionReport, Opcode, SignalReply, Watch } from "../engine/api.ts";
import type { ResolveRequest } from "../engine/contract/steering.ts";
import { decisionNotFound } from "../engine/verbs/decision-link.ts";

/** NOT_FOUND when there is none, or none that the caller sees. */
export async function oneDecision(opcode: Opcode, id: string): Promise<DecisionReport> {
  const filter = { decision_id: id, limit: 1 };
  const { rows } = await opcode.query({ resource: "decisions", filter });
  if (rows[0] !== undefined) return rows[0] as DecisionReport;
  throw decisionNotFound(id);
}

/** What the signal that it is does; a fault is that of a member of the request. */
export async function resolveDecision(
  opcode: Opcode,
  { workflow_id, decision_id }: DecisionReport,
  { request, via, watch }: {
    request: Omit<ResolveRequest, "decision_id">;
    via: Via;
    watch?: Watch;
  },
): Promise<SignalReply> {
  const { choice, data, ...more } = request;
  const signal = {
    ...more,
    workflow_id,
    decision_id,
    signal_type: "decision" as const,
    payload: { choice, ...(data !== undefined && { data }) },
    via,
  };
  return await opcode.signal(signal, watch).catch((thrown) => {
    throw ofRequest(thrown);
  });
}

const PAYLOAD = "payload.";

/** What is wrong with the payload of the signal is so with the request that it was made of. */
function ofRequest(thrown: unknown): unknown {
  if (!(thrown instanceof OpcodeError) || !thrown.message.startsWith(PAYLOAD)) return thrown;
  const { code, message, details, stepId } = thrown;
  const path = String(details?.path).slice(PAYLOAD.length);
  return new OpcodeError(code, message.slice(PAYLOAD.length), {
    details: { ...details, ...placeOf(path) },
    ...(stepId !== undefined && { stepId }),
  });
}
