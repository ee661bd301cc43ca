// What a client is shown: six tools, well described, within the budget of bytes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { INSTRUCTIONS } from "../../../server/mcp/instructions.ts";
import { findTool, listTools } from "../../../server/mcp/tools/toolset.ts";

const NAMES = ["define", "diagram", "query", "run", "signal", "status"];

test("the six tools are listed by name, with dots or with underscores", () => {
  assert.deepEqual(listTools("dots").map((tool) => tool.name), NAMES.map((n) => `opcode.${n}`));
  assert.deepEqual(
    listTools("underscore").map((tool) => tool.name),
    NAMES.map((n) => `opcode_${n}`),
  );
});

test("both spellings find the same tool, others find none", () => {
  for (const name of NAMES) assert.equal(findTool(`opcode.${name}`), findTool(`opcode_${name}`));
  assert.equal(findTool("opcode.nothing"), undefined);
  assert.equal(findTool("toString"), undefined);
});

test("the list costs a client at most 12,000 bytes, with output schemas 20,000", () => {
  const tools = listTools("dots");
  const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify({ tools: value }));
  const without = bytes(tools.map(({ outputSchema: _, ...tool }) => tool));
  assert.ok(without <= 12_000, `${without} bytes without output schemas`);
  assert.ok(bytes(tools) <= 20_000, `${bytes(tools)} bytes with output schemas`);
});

test("every schema is valid, every argument and tool is described", () => {
  for (const tool of listTools("dots")) {
    const ajv = new Ajv2020({ strict: true, strictRequired: false, validateFormats: false });
    ajv.compile(tool.inputSchema);
    ajv.compile(tool.outputSchema);
    assert.ok(tool.title && tool.description);
    for (const [name, schema] of Object.entries(tool.inputSchema.properties)) {
      assert.ok(schema.description ?? schema.enum, `${tool.name} ${name}`);
    }
  }
});

test("only the readers say that they read only", () => {
  const readers = listTools("dots").filter((tool) => tool.annotations.readOnlyHint);
  assert.deepEqual(readers.map((tool) => tool.name), [
    "opcode.diagram",
    "opcode.query",
    "opcode.status",
  ]);
  for (const { annotations } of readers) {
    assert.equal(annotations.destructiveHint, false);
    assert.equal(annotations.idempotentHint, true);
  }
});

test("an output schema admits an error and refuses what is neither", () => {
  for (const tool of listTools("dots")) {
    const valid = new Ajv2020({ strict: false, validateFormats: false }).compile(tool.outputSchema);
    assert.ok(valid({ error: { code: "NOT_FOUND", message: "gone" } }), tool.name);
    assert.ok(!valid({}), tool.name);
  }
});

test("a new agent is told how to work in at most 150 words", () => {
  assert.ok(INSTRUCTIONS.split(/\s+/).length <= 150);
  for (const name of NAMES) assert.match(INSTRUCTIONS, new RegExp(`opcode\\.${name}`));
});
