// What opcode.diagram tells an agent and asks of the engine.

import type { DiagramRequest } from "../../../engine/api.ts";
import { OpcodeError } from "../../../core/errors.ts";
import { DIAGRAM } from "../../../engine/contract/diagram.ts";
import { TEXT } from "../../../engine/contract/terms.ts";
import type { DiagramReply } from "../../../engine/api.ts";
import { argumentsOf, outputSchema } from "./shapes.ts";
import { READ_ONLY, type Tool } from "./tool.ts";

export const diagram: Tool = {
  name: "opcode.diagram",
  description: "Draw a template, or a workflow with its states.",
  inputSchema: argumentsOf(DIAGRAM),
  outputSchema: outputSchema(
    { format: TEXT, diagram: TEXT },
    ["format", "diagram"],
  ),
  meant: {
    id: "workflow_id",
    run_id: "workflow_id",
    name: "template_name",
    template: "template_name",
  },
  annotations: READ_ONLY,
  imageOf: (reply) => {
    const { format, diagram } = reply as DiagramReply;
    return format === "image" ? diagram : undefined;
  },
  async call(args, { opcode, agent }) {
    if (args.template_name === undefined && args.workflow_id === undefined) {
      throw new OpcodeError("VALIDATION_ERROR", "template_name or workflow_id is required", {
        details: { path: "workflow_id", argument: "workflow_id", rule: "required" },
      });
    }
    return await opcode.diagram(args as unknown as DiagramRequest, agent);
  },
};
