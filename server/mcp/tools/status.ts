// What opcode.status tells an agent and asks of the engine.

import { DECISION, identifier, outputSchema, RUN_PROPERTIES } from "./shapes.ts";
import { READ_ONLY, type Tool } from "./tool.ts";

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
    properties: { workflow_id: identifier("From opcode.run or opcode.query.") },
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
  },
  annotations: READ_ONLY,
  call: (args, { opcode }) => opcode.status(args.workflow_id as string),
};
