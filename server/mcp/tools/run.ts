// What opcode.run tells an agent and asks of the engine.

import type { RunRequest } from "../../../engine/api.ts";
import { RUN_DIGEST } from "../digest/run.ts";
import {
  AGENT_ID,
  DEFAULT_WAIT_MS,
  DETAIL,
  FLAG,
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
  description: "Start a workflow and wait for its output: the last step's, of several " +
    "{step_id: output}. waiting: wait_ms is over, it goes on; call opcode.status until it ends. " +
    "suspended: opcode.status shows the questions, opcode.signal answers. failed by an outside " +
    "cause: opcode.signal retry of the step; by params or definition: mend them, then from_run and " +
    "from_step: that step and what follows run again, the others keep their results.",
  inputSchema: {
    type: "object",
    properties: {
      template_name: identifier("Required without from_run."),
      agent_id: AGENT_ID,
      version: { ...VERSION, description: "e.g. v2. Default: latest; with from_run: its own." },
      params: {
        type: "object",
        description: "Default with from_run: its own.",
      },
      wait_ms: { ...WAIT_MS, description: "0: do not wait." },
      detail: DETAIL,
      idempotency_key: identifier(
        "The same key again answers with the first run, replayed: true.",
      ),
      from_run: identifier("workflow_id of an ended or suspended one."),
      from_step: stepId("A top-level step of from_run."),
    },
    required: ["agent_id"],
  },
  outputSchema: outputSchema(
    { ...RUN_PROPERTIES, waiting: FLAG, replayed: FLAG },
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
  digest: RUN_DIGEST,
  call: ({ detail: _, ...args }, { opcode, watch }) =>
    opcode.run({ wait_ms: DEFAULT_WAIT_MS, ...args } as unknown as RunRequest, watch),
};
