// What opcode.define tells an agent and asks of the engine.

import type { JsonObject } from "../../../core/json.ts";
import type { DefineRequest } from "../../../engine/api.ts";
import { AGENT_ID, identifier, outputSchema } from "./shapes.ts";
import type { Tool } from "./tool.ts";

const DEFINITION = `{steps:[Step], inputs?:{defaults}, context?:{}, timeout?:"5m", ` +
  `on_timeout?:"fail|suspend|cancel", on_complete?:Step, on_error?:Step, metadata?:{}}.
Step: {id, type?="action", action, params, depends_on?:[ids], condition?:"CEL guard", timeout?, ` +
  `retry?:{max, backoff?:"none|linear|exponential|constant", delay?, max_delay?}, ` +
  `on_error?:{strategy:"ignore|fail_workflow|fallback_step|retry", fallback_step?}, config?}. ` +
  `Steps without a path between them by depends_on run in parallel. Durations: 500ms, 30s, 1h30m.
config by type (lists of Steps run in order): condition {expression, branches:{value:[Step]}, ` +
  `default?:[Step]}; loop {mode:"for_each|while|until", over|condition, body:[Step], max_iter?, ` +
  `concurrency?}; parallel {branches:[[Step]], mode:"all|race"}; wait {duration?, signal?}; ` +
  `reasoning {prompt_context, options?:[{id, description?}], data_inject?:{}, target_agent?, ` +
  `timeout?, fallback?} pauses for an agent's decision; output {choice, reasoning?, data?, ` +
  `resolved_by}.
Values: "\${{steps.ID.output.FIELD}}", \${{inputs.X}}, \${{context.X}}, \${{workflow.run_id}}, ` +
  `\${{secrets.X}}, \${{loop.item}}; alone in a string they keep their type. ` +
  `In CEL write inputs.n > 3, steps.a.output.x == "y".
Actions: http.request/get/post {url, headers, body}; fs.read/write/append/delete/list/stat {path}, fs.copy/move {src, dst}; ` +
  `shell.exec {command, args, stdin, env, workdir} (JSON stdout is parsed: output.stdout.FIELD); ` +
  `crypto.hash/hmac/uuid; assert.equals/contains/matches/schema; ` +
  `workflow.run {template_name, params}, workflow.emit/context/fail/log/notify.`;

const IDS: JsonObject = { type: "array", items: { type: "string" } };

const ISSUES: JsonObject = {
  type: "array",
  items: {
    type: "object",
    properties: {
      path: { type: "string" },
      code: { type: "string" },
      message: { type: "string" },
      severity: { type: "string" },
    },
  },
};

export const define: Tool = {
  name: "opcode.define",
  title: "Define a workflow",
  description: "Store a workflow template: reason once, run it forever with opcode.run. " +
    "Each call stores a new immutable version (v1, v2, …). The definition is checked completely; " +
    "an error names the path and the rule, and nothing is stored. With dry_run nothing is stored " +
    "either: the answer is the report, the levels of steps, and what changes of the latest version. " +
    'Example: {"steps":[{"id":"get","action":"http.get","params":{"url":"${{inputs.url}}"}},' +
    '{"id":"hash","action":"crypto.hash","params":{"data":"${{steps.get.output.body}}"},' +
    '"depends_on":["get"]}]}',
  inputSchema: {
    type: "object",
    properties: {
      name: identifier("Template name; versions are counted under it."),
      definition: { type: "object", description: DEFINITION },
      agent_id: AGENT_ID,
      description: { type: "string", description: "What the workflow is for." },
      input_schema: { type: "object", description: "JSON Schema that params must meet." },
      output_schema: { type: "object", description: "JSON Schema that the output must meet." },
      triggers: {
        type: "object",
        description:
          "{cron:[{name, expression, enabled?, params?}]}; stored, not scheduled by this version.",
      },
      dry_run: {
        type: "boolean",
        default: false,
        description: "Only check and compare: answers {report, levels, diff}.",
      },
    },
    required: ["name", "definition", "agent_id"],
  },
  outputSchema: outputSchema({
    name: { type: "string" },
    version: { type: "string" },
    warnings: ISSUES,
    dry_run: { const: true },
    report: { type: "object", properties: { errors: ISSUES, warnings: ISSUES } },
    levels: { type: "array", items: IDS },
    diff: {
      type: "object",
      properties: {
        against: { type: ["string", "null"] },
        added: IDS,
        removed: IDS,
        changed: {
          type: "array",
          items: { type: "object", properties: { step_id: { type: "string" }, fields: IDS } },
        },
        workflow: IDS,
        truncated: { const: true },
      },
    },
  }, ["name", "version"]),
  meant: {
    steps: "definition.steps",
    workflow: "definition",
    template_name: "name",
    schema: "input_schema",
    validate_only: "dry_run",
  },
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: false,
  },
  call({ dry_run, ...args }: JsonObject, { opcode }) {
    const request = args as unknown as DefineRequest;
    return dry_run === true ? opcode.dryRun(request) : opcode.define(request);
  },
};
