// What opcode.diagram tells an agent and asks of the engine.

import type { DiagramRequest } from "../../../engine/api.ts";
import { OpcodeError } from "../../../core/errors.ts";
import { identifier, outputSchema, VERSION } from "./shapes.ts";
import { READ_ONLY, type Tool } from "./tool.ts";

export const diagram: Tool = {
  name: "opcode.diagram",
  title: "Draw a workflow",
  description:
    "Draw a template's steps (template_name) or a workflow with the live state of each " +
    "step (workflow_id). One of the two is required; workflow_id wins.",
  inputSchema: {
    type: "object",
    properties: {
      template_name: identifier("Template to draw."),
      version: VERSION,
      workflow_id: identifier("Workflow to draw."),
      format: {
        type: "string",
        enum: ["mermaid"],
        default: "mermaid",
        description: "Mermaid text for Markdown.",
      },
      include_status: {
        type: "boolean",
        description: "Show step states. Default: true with workflow_id.",
      },
    },
    required: [],
  },
  outputSchema: outputSchema(
    { format: { type: "string" }, diagram: { type: "string" } },
    ["format", "diagram"],
  ),
  meant: {
    id: "workflow_id",
    run_id: "workflow_id",
    name: "template_name",
    template: "template_name",
  },
  annotations: READ_ONLY,
  async call(args, { opcode }) {
    if (args.template_name === undefined && args.workflow_id === undefined) {
      throw new OpcodeError("VALIDATION_ERROR", "template_name or workflow_id is required", {
        details: { argument: "workflow_id", rule: "required" },
      });
    }
    return await opcode.diagram(args as unknown as DiagramRequest);
  },
};
