// What opcode.signal tells an agent and asks of the engine.

import type { SignalRequest } from "../../../engine/api.ts";
import { SIGNAL } from "../../../engine/contract/signal.ts";
import { TEXT } from "../../../engine/contract/terms.ts";
import { RUN_DIGEST } from "../digest/run.ts";
import { argumentsOf, DETAIL, FLAG, outputSchema, RUN_PROPERTIES, TEXTS } from "./shapes.ts";
import type { Tool } from "./tool.ts";

export const signal: Tool = {
  name: "opcode.signal",
  description: "Act on a workflow, then wait like opcode.run. decision: payload {choice: option " +
    "id, data?} answers decision_id. data: payload goes into ${{context.X}} and the wait that " +
    "payload.signal, .name or step_id names (met: waits woken; kept: later ones); for none it retries " +
    "all interrupted steps. retry: runs a failed or interrupted step again. skip: passes " +
    "over such a step, a decision or wait. cancel: ends the workflow.",
  inputSchema: argumentsOf(SIGNAL, {
    properties: { detail: DETAIL },
    // So that nobody forgets what a decision chooses, or what data is.
    required: ["payload"],
  }),
  outputSchema: outputSchema({
    ...RUN_PROPERTIES,
    ok: { const: true },
    signal_type: TEXT,
    resumed: FLAG,
    rerun: TEXTS,
    still_failed: TEXTS,
    skipped: TEXT,
    read_by: TEXTS,
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
    opcode.signal({ ...args as unknown as SignalRequest, via: "mcp" }, watch),
};
