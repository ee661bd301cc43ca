// What an agent is told whose workflow_id names no workflow: where to find them.

import { OpcodeError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import type { Opcode } from "../../engine/api.ts";

/**
 * The error with the way on, if it says that a workflow is not there; any other as it is. `opcode`:
 * what the caller may see decides whether the name is that of a template.
 */
export async function withWay(error: OpcodeError, opcode: Opcode): Promise<OpcodeError> {
  const { code, message, details, stepId } = error;
  const id = code === "NOT_FOUND" && isObject(details) ? details.workflow_id : undefined;
  if (typeof id !== "string" || !message.endsWith("not found")) return error;
  const way = await isTemplate(id, opcode)
    ? `; that is the name of a template: opcode.query {"resource": "workflows", "filter": ` +
      `{"template_name": ${JSON.stringify(id)}}} lists its workflows, opcode.run starts one`
    : '; opcode.query {"resource": "workflows"} lists those there are';
  return new OpcodeError(code, message + way, {
    details: details!,
    ...(stepId !== undefined && { stepId }),
  });
}

async function isTemplate(name: string, opcode: Opcode): Promise<boolean> {
  try {
    const { rows } = await opcode.query({
      resource: "templates",
      filter: { name, latest: true, limit: 1 },
    });
    return rows.length > 0;
  } catch {
    // The error that is told matters more than what can be said beside it.
    return false;
  }
}
