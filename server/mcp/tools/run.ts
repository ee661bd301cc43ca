// What opcode.run tells an agent and asks of the engine.

import type { RunRequest } from "../../../engine/api.ts";
import { RUN_DIGEST } from "../digest/run.ts";
import {
  AGENT_ID,
  DEFAULT_WAIT_MS,
  DETAIL,
  identifier,
  outputSchema,
  RUN_PROPERTIES,
  stepId,
  VERSION,
  WAIT_MS,
} from "./shapes.ts";
import type { Tool } from "./tool.ts";

export const run: Tool = {
  name: "opcode.run",
  title: "Run a workflow",
  description: "Start a workflow from a template and wait for its result. " +
    "A workflow that fails is a normal answer: status failed, with error. " +
    "status suspended: pending_decisions (step_id, options) and waiting_signals say what it waits " +
    "for; opcode.status shows each decision's question, opcode.signal answers. waiting true: wait_ms is over and the workflow goes on; call opcode.status with its " +
    "workflow_id until it has ended. It survives restarts and your disconnecting. " +
    "Output: the last step's output; with several last steps {step_id: output}. " +
    "from_run with from_step goes on from an earlier workflow: from_step and what follows from it " +
    "run again, all other steps keep their results.",
  inputSchema: {
    type: "object",
    properties: {
      template_name: identifier("Template to run. Required without from_run."),
      agent_id: AGENT_ID,
      version: VERSION,
      params: {
        type: "object",
        description: "Values for ${{inputs.*}}. Default with from_run: those of that workflow.",
      },
      wait_ms: WAIT_MS,
      detail: DETAIL,
      idempotency_key: identifier(
        "Repeating a call with the same key and params answers with the first run (replayed: true), " +
          "also after BUSY with maybe_stored.",
      ),
      from_run: identifier("workflow_id of one that has ended or is suspended."),
      from_step: stepId("A top-level step of from_run."),
    },
    required: ["agent_id"],
  },
  outputSchema: outputSchema(
    { ...RUN_PROPERTIES, waiting: { type: "boolean" }, replayed: { type: "boolean" } },
    ["workflow_id", "status"],
  ),
  meant: {
    inputs: "params",
    input: "params",
    arguments: "params",
    args: "params",
    name: "template_name",
    template: "template_name",
    workflow: "template_name",
    timeout: "wait_ms",
    key: "idempotency_key",
  },
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: false,
    openWorldHint: true,
  },
  digest: RUN_DIGEST,
  call: ({ detail: _, ...args }, { opcode, watch }) =>
    opcode.run({ wait_ms: DEFAULT_WAIT_MS, ...args } as unknown as RunRequest, watch),
};
