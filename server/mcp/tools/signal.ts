// What opcode.signal tells an agent and asks of the engine.

import type { SignalRequest } from "../../../engine/api.ts";
import { RUN_DIGEST } from "../digest/run.ts";
import {
  AGENT_ID,
  DEFAULT_WAIT_MS,
  DETAIL,
  identifier,
  outputSchema,
  RUN_PROPERTIES,
  stepId,
  WAIT_MS,
} from "./shapes.ts";
import type { Tool } from "./tool.ts";

export const signal: Tool = {
  name: "opcode.signal",
  title: "Signal a workflow",
  description:
    "Act on a workflow that exists. decision: answer the one that decision_id names, payload " +
    '{choice: "option_id", data?: {}}; a decision with a target_agent_id takes it only from that ' +
    "agent_id; a wrong choice is refused and the decision stays pending. data: merge the payload " +
    "into ${{context.*}} and wake the wait step whose id is step_id or whose signal is " +
    "payload.signal; the answer lists what it met and what still waits. Data that names no wait retries all interrupted steps. retry / skip: a failed or interrupted step; skip also drops a decision or a " +
    "wait. A poisoned workflow takes retry without a step_id. cancel: end the workflow. What goes on is waited for like in opcode.run; when waiting " +
    "is true call opcode.status.",
  inputSchema: {
    type: "object",
    properties: {
      workflow_id: identifier("Target workflow."),
      signal_type: { type: "string", enum: ["decision", "data", "cancel", "retry", "skip"] },
      payload: { type: "object", description: "{} for cancel, retry and skip." },
      step_id: stepId(
        "Required for retry (unless poisoned) and skip. Full id, as in steps.",
      ),
      decision_id: identifier(
        "From pending_decisions. Required for decision, or step_id of a step that asked once.",
      ),
      agent_id: { ...AGENT_ID, description: "Who signals. Required for decision." },
      reasoning: { type: "string", description: "Why; kept in the log." },
      wait_ms: WAIT_MS,
      detail: DETAIL,
    },
    required: ["workflow_id", "signal_type", "payload"],
  },
  outputSchema: outputSchema({
    ...RUN_PROPERTIES,
    ok: { const: true },
    signal_type: { type: "string" },
    resumed: { type: "boolean" },
    rerun: { type: "array", items: { type: "string" } },
    decision_id: { type: "string" },
    met: { type: "array", items: { type: "string" } },
    waiting: { type: "boolean" },
  }, ["ok", "workflow_id", "signal_type"]),
  meant: {
    id: "workflow_id",
    run: "workflow_id",
    run_id: "workflow_id",
    type: "signal_type",
    signal: "payload.signal",
    choice: "payload.choice",
    data: "payload",
    step: "step_id",
    decision: "decision_id",
    reason: "reasoning",
  },
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: false,
    openWorldHint: true,
  },
  digest: RUN_DIGEST,
  call: ({ detail: _, ...args }, { opcode, watch }) =>
    opcode.signal({ wait_ms: DEFAULT_WAIT_MS, ...args } as unknown as SignalRequest, watch),
};
