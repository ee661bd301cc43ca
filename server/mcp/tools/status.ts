// What opcode.status tells an agent and asks of the engine.

import type { JsonObject } from "../../../core/json.ts";
import { checkStepId } from "../../../engine/identifiers.ts";
import { onlyFields, onlyStep } from "../digest/part.ts";
import { RUN_DIGEST } from "../digest/run.ts";
import { DECISION, DETAIL, identifier, outputSchema, RUN_PROPERTIES, stepId } from "./shapes.ts";
import { READ_ONLY, type Tool } from "./tool.ts";

/** Members that can be long. */
const FIELDS = ["output", "error", "steps", "pending_decisions", "context", "events"];

export const status: Tool = {
  name: "opcode.status",
  title: "Look at a workflow",
  description: "The state of one workflow: status, output, error, every step, pending_decisions " +
    "(each with context.prompt, context.data, options, timeout_at), waiting_signals and the last " +
    "events. Sub-steps have ids like loop.iter_0.step. interrupted lists steps that a restart cut " +
    "short: opcode.signal retry or skip answers for them. timed_out: its own timeout suspended it; " +
    "data {} lets it go on. poisoned: daemons died of it; retry without step_id lets it try again.",
  inputSchema: {
    type: "object",
    properties: {
      workflow_id: identifier("From opcode.run or opcode.query."),
      step_id: stepId("Only this step, with its whole output."),
      fields: {
        type: "array",
        items: { type: "string", enum: FIELDS },
        description: "Only these members, whole.",
      },
      detail: DETAIL,
    },
    required: ["workflow_id"],
  },
  outputSchema: outputSchema({
    ...RUN_PROPERTIES,
    template_name: { type: "string" },
    template_version: { type: "string" },
    agent_id: { type: "string" },
    created_at: { type: "string", format: "date-time" },
    forked_from: { type: "object" },
    pending_decisions: { type: "array", items: DECISION },
    context: { type: "object" },
    events: { type: "array", items: { type: "object" } },
    events_truncated: { type: "boolean" },
  }, ["workflow_id", "status"]),
  meant: {
    id: "workflow_id",
    run: "workflow_id",
    run_id: "workflow_id",
    step: "step_id",
    field: "fields",
  },
  annotations: READ_ONLY,
  digest: {
    ...RUN_DIGEST,
    asksForAll: ({ detail, step_id, fields }) =>
      detail === "full" || step_id !== undefined || fields !== undefined,
  },
  async call({ workflow_id, step_id, fields }, { opcode }) {
    if (step_id !== undefined) checkStepId("step_id", step_id);
    const reply = await opcode.status(workflow_id as string) as unknown as JsonObject;
    if (step_id === undefined) {
      return fields === undefined ? reply : onlyFields(reply, fields as string[]);
    }
    const step = await onlyStep(opcode, reply, step_id as string);
    return fields === undefined ? step : { ...onlyFields(reply, fields as string[]), ...step };
  },
};
