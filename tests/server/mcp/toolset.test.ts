// What a client is shown: six tools, well described, within the budget of bytes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { builtinActions } from "../../../actions/builtin.ts";
import type { JsonObject } from "../../../core/json.ts";
import { flowOutput } from "../../../engine/definition/flow-outputs.ts";
import type { StepDefinition } from "../../../engine/definition/types.ts";
import { INSTRUCTIONS, instructions } from "../../../server/mcp/instructions.ts";
import { definitionText } from "../../../server/mcp/tools/definition-text.ts";
import { findTool, listTools } from "../../../server/mcp/tools/toolset.ts";
import { READERS, TOOL_NAMES, TOOL_VERBS } from "../../support/tool-names.ts";

test("the six tools are listed by name, with dots or with underscores", () => {
  assert.deepEqual(
    listTools("dots", builtinActions).map((tool) => tool.name),
    TOOL_NAMES,
  );
  assert.deepEqual(
    listTools("underscore", builtinActions).map((tool) => tool.name),
    TOOL_VERBS.map((n) => `opcode_${n}`),
  );
});

test("with underscores no text names a tool with a dot, and nothing else changes", () => {
  const text = JSON.stringify(listTools("underscore", builtinActions)) + instructions("underscore");
  const dots = JSON.stringify(listTools("dots", builtinActions)) + INSTRUCTIONS;
  for (const name of TOOL_VERBS) assert.ok(!text.includes(`opcode.${name}`), name);
  assert.equal(text.replaceAll("opcode_", "opcode."), dots);
});

test("both spellings find the same tool, others find none", () => {
  for (const name of TOOL_VERBS) {
    assert.equal(findTool(`opcode.${name}`), findTool(`opcode_${name}`));
  }
  assert.equal(findTool("opcode.nothing"), undefined);
  assert.equal(findTool("toString"), undefined);
});

test("list and instructions cost a client at most 9,300 bytes, with output schemas 16,000", (t) => {
  const tools = listTools("dots", builtinActions);
  const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
  const without = bytes({ tools: tools.map(({ outputSchema: _, ...tool }) => tool) });
  const said = bytes(INSTRUCTIONS);
  const all = bytes({ tools }) + said;
  t.diagnostic(`${without + said} bytes with the instructions; ${all} with output schemas too`);
  assert.ok(without + said <= 9_300, `${without + said} bytes without output schemas`);
  assert.ok(all <= 16_000, `${all} bytes with output schemas`);
});

test("what is promised as a whole is so in texts too, or says where they end", () => {
  assert.match(INSTRUCTIONS, /detail: full cuts only texts, at 40 KB\./);
  const tools = JSON.stringify(listTools("dots", builtinActions));
  assert.doesNotMatch(INSTRUCTIONS + tools, /cuts nothing|, whole|everything/);
});

test("all actions are named with their params, and marked which may be absent", () => {
  const text = definitionText(builtinActions);
  const lines = new Map<string, string>();
  for (const [, family, names, params] of text.matchAll(/^(\w+)\.([\w/]+) \{(.*)\}$/gm)) {
    for (const name of names!.split("/")) lines.set(`${family}.${name}`, params!);
  }
  assert.deepEqual([...lines.keys()].sort(), builtinActions.map(({ name }) => name).sort());
  assert.equal(lines.get("shell.exec")!.split(", ").slice(0, 2).join(), "command,args?");
  assert.equal(lines.get("workflow.emit"), "event_type, payload?");
  assert.equal(lines.get("http.request"), "as http.get, method?");
  for (const { name, input } of builtinActions) {
    const told = lines.get(name)!.replace("as http.get", () => lines.get("http.get")!);
    for (const param of told.split(", ").filter((one) => one !== "")) {
      const known = Object.hasOwn(input.properties as JsonObject, param.replace("?", ""));
      assert.ok(known, `${name} ${param}`);
    }
    const unmarked = told.split(", ").filter((one) => one !== "" && !one.endsWith("?"));
    const forms = (input.anyOf as { required: string[] }[] | undefined)?.[0]?.required ?? [];
    assert.deepEqual(
      unmarked.sort(),
      [...(input.required as string[] ?? []), ...forms].sort(),
      name,
    );
  }
});

test("only the actions that a caller may use are named", () => {
  const few = builtinActions.filter(({ name }) => name.startsWith("crypto."));
  const tool = listTools("dots", few).find(({ name }) => name === "opcode.define")!;
  const { description } = tool.inputSchema.properties.definition!;
  assert.match(String(description), /^crypto\.hash \{data, algorithm\?\}$/m);
  assert.doesNotMatch(String(description), /^shell\.exec/m);
});

test("the outputs that are told of are there", () => {
  const text = definitionText(builtinActions);
  const told: Record<string, string> = {
    http: "http.get",
    shell: "shell.exec",
    "fs.read": "fs.read",
    "jq and expr": "jq.transform",
  };
  for (const [word, name] of Object.entries(told)) {
    const [, fields] = new RegExp(`(?:Outputs: |, )${word}\\s\\{([^}]*)\\}`).exec(text)!;
    const { output } = builtinActions.find((action) => action.name === name)!;
    for (const field of fields!.split(", ")) {
      assert.ok(Object.hasOwn(output.properties as JsonObject, field), `${word} ${field}`);
    }
  }
  assert.ok(text.includes("workflow.run: the child's own."));
  const flows: Record<string, object> = {
    "{branch, output}": { type: "condition" },
    "{iterations, results: [output of each body], exhausted?}": { type: "loop" },
    "{mode, branches": { type: "parallel", config: { mode: "all" } },
    "{mode, winner: index, output}": { type: "parallel", config: { mode: "race" } },
    "{waited}": { type: "wait", config: { duration: "1s" } },
    "{signal, payload}": { type: "wait", config: { signal: "s" } },
    "{choice, data?, resolved_by}": { type: "reasoning" },
  };
  for (const [shape, step] of Object.entries(flows)) {
    assert.ok(text.includes(`→ ${shape}`), shape);
    const known = Object.keys(flowOutput(step as StepDefinition)!.properties as JsonObject);
    for (
      const name of shape.replace(": index", "").replace(": [output of each body]", "").match(
        /\w+/g,
      )!
    ) {
      assert.ok(known.includes(name), `${shape} ${name}`);
    }
  }
});

/** Arguments whose names say all. */
const PLAIN = [
  "name",
  "description",
  "output_schema",
  "reasoning",
  "wait_ms",
  "template_name",
  "workflow_id",
  "include_status",
];

test("every schema is valid, every tool and argument is described", () => {
  for (const tool of listTools("dots", builtinActions)) {
    const ajv = new Ajv2020({ strict: true, strictRequired: false, validateFormats: false });
    ajv.compile(tool.inputSchema);
    ajv.compile(tool.outputSchema);
    assert.ok(tool.description);
    for (const [name, schema] of Object.entries(tool.inputSchema.properties)) {
      assert.ok(schema.description ?? schema.enum ?? PLAIN.includes(name), `${tool.name} ${name}`);
    }
  }
});

test("only the readers say that they read only", () => {
  const readers = listTools("dots", builtinActions).filter((tool) =>
    tool.annotations?.readOnlyHint
  );
  assert.deepEqual(readers.map((tool) => tool.name), READERS);
  for (const { annotations } of readers) assert.equal(annotations?.openWorldHint, false);
});

test("an output schema admits an error and refuses what is neither", () => {
  for (const tool of listTools("dots", builtinActions)) {
    const valid = new Ajv2020({ strict: false, validateFormats: false }).compile(tool.outputSchema);
    assert.ok(valid({ error: { code: "NOT_FOUND", message: "gone" } }), tool.name);
    assert.ok(!valid({}), tool.name);
  }
});

test("a new agent is told how to work in at most 80 words", () => {
  assert.ok(INSTRUCTIONS.split(/\s+/).length <= 80);
  for (const name of TOOL_VERBS) assert.match(INSTRUCTIONS, new RegExp(`opcode\\.${name}`));
});
