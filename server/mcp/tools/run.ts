// What opcode.run tells an agent and asks of the engine.

import type { RunRequest } from "../../../engine/api.ts";
import { RUN } from "../../../engine/contract/run.ts";
import { RUN_DIGEST } from "../digest/run.ts";
import { OBJECT } from "../../../engine/contract/terms.ts";
import { argumentsOf, DETAIL, FLAG, outputSchema, RUN_PROPERTIES, TEXTS } from "./shapes.ts";
import type { Tool } from "./tool.ts";

export const run: Tool = {
  name: "opcode.run",
  description: "Start a workflow and wait for its output: the last step's, of several " +
    "{step_id: output}. waiting: wait_ms is over; call opcode.status until it ends. " +
    "suspended: opcode.status shows the questions, opcode.signal answers. failed: next says what " +
    "helps, opcode.signal retry of the step, or from_run and from_step with other params or " +
    "version: that step and what follows run again, the rest stays.",
  inputSchema: argumentsOf(RUN, { properties: { detail: DETAIL } }),
  outputSchema: outputSchema(
    {
      ...RUN_PROPERTIES,
      waiting: FLAG,
      replayed: FLAG,
      warnings: TEXTS,
      forked_from: OBJECT,
      kept_steps: TEXTS,
    },
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
    opcode.run(args as unknown as RunRequest, watch),
};
