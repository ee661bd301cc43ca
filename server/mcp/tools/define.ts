// What opcode.define tells an agent and asks of the engine.

import type { JsonObject } from "../../../core/json.ts";
import type { DefineRequest } from "../../../engine/api.ts";
import { DEFINE } from "../../../engine/contract/define.ts";
import { OBJECT, TEXT } from "../../../engine/contract/terms.ts";
import { definitionText } from "./definition-text.ts";
import { argumentsOf, OBJECTS, outputSchema } from "./shapes.ts";
import type { Tool } from "./tool.ts";

export const define: Tool = {
  name: "opcode.define",
  description: "Store a workflow as its template's new version. An error names path and rule; " +
    "warnings: what may go wrong. The same one keeps its version.",
  inputSchema: argumentsOf(DEFINE),
  outputSchema: outputSchema({
    name: TEXT,
    version: TEXT,
    unchanged: { const: true },
    warnings: OBJECTS,
    dry_run: { const: true },
    report: OBJECT,
    levels: { type: "array" },
    diff: OBJECT,
  }, ["name", "version"]),
  meant: {
    steps: "definition.steps",
    workflow: "definition",
    template_name: "name",
    schema: "input_schema",
    validate_only: "dry_run",
  },
  describe: (actions) => ({ definition: definitionText(actions) }),
  annotations: { destructiveHint: false, openWorldHint: false },
  call({ dry_run, ...args }: JsonObject, { opcode }) {
    const request = args as unknown as DefineRequest;
    return dry_run === true ? opcode.dryRun(request) : opcode.define(request);
  },
};
