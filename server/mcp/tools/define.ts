// What opcode.define tells an agent and asks of the engine.

import type { JsonObject } from "../../../core/json.ts";
import type { DefineRequest } from "../../../engine/api.ts";
import { DEFINE } from "../../../engine/contract/define.ts";
import { OBJECT, TEXT } from "../../../engine/contract/terms.ts";
import { definitionText } from "./definition-text.ts";
import { withUrls } from "../webhook-urls.ts";
import { argumentsOf, OBJECTS, outputSchema } from "./shapes.ts";
import type { Tool } from "./tool.ts";

export const define: Tool = {
  name: "opcode.define",
  description: "Store a workflow as its template's new version. " +
    "warnings: what may go wrong.",
  inputSchema: argumentsOf(DEFINE),
  outputSchema: outputSchema({
    name: TEXT,
    version: TEXT,
    unchanged: { const: true },
    webhooks: OBJECTS,
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
  async call({ dry_run, ...args }: JsonObject, { opcode, baseUrl }) {
    const request = args as unknown as DefineRequest;
    if (dry_run === true) return await opcode.dryRun(request);
    return withUrls(await opcode.define(request), baseUrl);
  },
};
