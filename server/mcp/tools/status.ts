// What opcode.status tells an agent and asks of the engine.

import type { JsonObject } from "../../../core/json.ts";
import { STATUS } from "../../../engine/contract/status.ts";
import { OBJECT, TEXT } from "../../../engine/contract/terms.ts";
import { checkStepId } from "../../../engine/identifiers.ts";
import { onlyFields, onlyStep } from "../digest/part.ts";
import { RUN_DIGEST } from "../digest/run.ts";
import { argumentsOf, DETAIL, FLAG, OBJECTS, outputSchema, RUN_PROPERTIES } from "./shapes.ts";
import { READ_ONLY, type Tool } from "./tool.ts";

export const status: Tool = {
  name: "opcode.status",
  description: "The state of a workflow: steps (nested: loop.iter_0.step), output, error, " +
    "pending_decisions with questions, waiting_signals, last events. interrupted: steps that a " +
    "restart cut short; opcode.signal retry or skip each. timed_out: signal data {} goes on. " +
    "poisoned: daemons died of it; signal retry without step_id.",
  inputSchema: argumentsOf(STATUS, { properties: { detail: DETAIL } }),
  outputSchema: outputSchema({
    ...RUN_PROPERTIES,
    template_name: TEXT,
    template_version: TEXT,
    agent_id: TEXT,
    created_at: TEXT,
    forked_from: OBJECT,
    kept_signals: OBJECTS,
    context: OBJECT,
    events: OBJECTS,
    events_truncated: FLAG,
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
