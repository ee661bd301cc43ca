// What opcode.signal tells an agent and asks of the engine.

import type { SignalRequest } from "../../../engine/api.ts";
import { RUN_DIGEST } from "../digest/run.ts";
import {
  AGENT_ID,
  DEFAULT_WAIT_MS,
  DETAIL,
  FLAG,
  identifier,
  NAME,
  outputSchema,
  RUN_PROPERTIES,
  stepId,
  TEXT,
  TEXTS,
  WAIT_MS,
} from "./shapes.ts";
import type { Tool } from "./tool.ts";

export const signal: Tool = {
  name: "opcode.signal",
  description: "Act on a workflow, then wait like opcode.run. decision: payload {choice: option " +
    "id, data?} answers decision_id. data: payload goes into ${{context.X}} and to the wait that " +
    "payload.signal or step_id names (met: waits it woke; kept: later ones); for no wait it retries " +
    "all interrupted steps. retry: runs a failed or interrupted step again as it was. skip: passes " +
    "over such a step, a decision or wait. cancel: ends the workflow.",
  inputSchema: {
    type: "object",
    properties: {
      workflow_id: NAME,
      signal_type: { type: "string", enum: ["decision", "data", "cancel", "retry", "skip"] },
      payload: { type: "object", description: "{} for retry, skip, cancel." },
      step_id: stepId("Full id. Required for retry (unless poisoned) and skip."),
      decision_id: identifier("For decision; or step_id."),
      agent_id: { ...AGENT_ID, description: "Required for decision." },
      reasoning: TEXT,
      wait_ms: WAIT_MS,
      detail: DETAIL,
    },
    required: ["workflow_id", "signal_type", "payload"],
  },
  outputSchema: outputSchema({
    ...RUN_PROPERTIES,
    ok: { const: true },
    signal_type: TEXT,
    resumed: FLAG,
    rerun: TEXTS,
    decision_id: TEXT,
    met: TEXTS,
    kept: TEXTS,
    waiting: FLAG,
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
  meantValues: {
    approve: "decision",
    answer: "decision",
    choice: "decision",
    event: "data",
    resume: "data",
    continue: "data",
    stop: "cancel",
    abort: "cancel",
    kill: "cancel",
    rerun: "retry",
  },
  digest: RUN_DIGEST,
  call: ({ detail: _, ...args }, { opcode, watch }) =>
    opcode.signal({ wait_ms: DEFAULT_WAIT_MS, ...args } as unknown as SignalRequest, watch),
};
