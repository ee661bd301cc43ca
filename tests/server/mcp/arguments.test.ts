// What bad arguments get: the argument's name and the rule, before the engine hears of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpcodeError } from "../../../core/errors.ts";
import { readArguments } from "../../../server/mcp/arguments.ts";
import { findTool } from "../../../server/mcp/tools/toolset.ts";

const read = (tool: string, args: unknown) => readArguments(findTool(`opcode.${tool}`)!, args);

const RUN = { template_name: "t", agent_id: "a" };

test("weak clients: objects, numbers and booleans may come as text", async () => {
  const args = { ...RUN, params: '{"n": 1}', wait_ms: " 250 " };
  assert.deepEqual(await read("run", args), { ...RUN, params: { n: 1 }, wait_ms: 250 });
  const diagram = { workflow_id: "w", format: "mermaid", include_status: "false" };
  assert.deepEqual(await read("diagram", diagram), { ...diagram, include_status: false });
});

test("null counts as absent, whatever it is called", async () => {
  const args = { ...RUN, version: null, surprise: null, __proto__: { version: "v1" } };
  assert.deepEqual(await read("run", args), RUN);
});

const unknown: [tool: string, args: Record<string, unknown>, name: string, rule: RegExp][] = [
  ["define", { name: "n", agent_id: "a", definition: {}, dryRun: true }, "dryRun", /"dry_run"/],
  ["run", { ...RUN, inputs: { n: 1 } }, "inputs", /\(did you mean "params"\?\); known are templ/],
  ["run", { ...RUN, wait: 5 }, "wait", /an argument of opcode\.run.*known are .*wait_ms/],
  ["query", { resource: "workflows", status: "failed" }, "status", /mean "filter\.status"\?/],
  ["query", { resource: "workflows", limit: 5, filter: {} }, "limit", /mean "filter\.limit"\?/],
  [
    "signal",
    { workflow_id: "w", signal_type: "decision", payload: {}, choice: "y" },
    "choice",
    /"payload\.choice"/,
  ],
  ["status", { workflow_id: "w", run_id: "w" }, "run_id", /"workflow_id"/],
  [
    "diagram",
    { template_name: "t", formatt: "x", other: 1 },
    "formatt",
    /"format"\?\); nor is /,
  ],
  ["run", { ...RUN, ["k".repeat(5_000)]: 1 }, `${"k".repeat(100)}…`, /is not an argument/],
  ["run", JSON.parse('{"template_name":"t","agent_id":"a","__proto__":{}}'), "__proto__", /is not/],
];

for (const [tool, args, name, rule] of unknown) {
  test(`opcode.${tool} refuses ${name.slice(0, 20)}, which it does not know`, async () => {
    await assert.rejects(read(tool, args), (error: OpcodeError) => {
      assert.equal(error.code, "VALIDATION_ERROR");
      assert.deepEqual(error.details, { path: name, argument: name, rule: "unknown" });
      assert.match(error.message, rule);
      return true;
    });
  });
}

test("text arguments stay text, even when they look like JSON", async () => {
  const args = { name: "42", agent_id: "7", definition: {}, description: "{}" };
  assert.deepEqual(await read("define", args), args);
});

const refused: [string, string, unknown, string, RegExp][] = [
  ["a missing one", "run", { template_name: "t" }, "agent_id", /^agent_id is required$/],
  ["null for a required one", "run", { ...RUN, agent_id: null }, "agent_id", /is required/],
  ["no arguments at all", "status", undefined, "workflow_id", /is required/],
  ["arguments that are a list", "run", [1], "arguments", /must be an object/],
  [
    "a number for an object",
    "define",
    { name: "n", agent_id: "a", definition: 42 },
    "definition",
    /must be object/,
  ],
  ["a list for an object", "run", { ...RUN, params: [] }, "params", /must be object/],
  [
    "text with too many values",
    "run",
    { ...RUN, params: `{"x":[${"[],".repeat(250_000)}1]}` },
    "params",
    /^params: must hold at most 250000 values$/,
  ],
  [
    "text with too many members",
    "define",
    { name: "n", agent_id: "a", definition: `{${'"a":1,'.repeat(10_001)}"a":1}` },
    "definition",
    /^definition: must hold at most 10000 members in one object$/,
  ],
  ["text that is no JSON", "run", { ...RUN, params: "oops" }, "params", /the text is not JSON/],
  ["text that is no object", "run", { ...RUN, params: "3" }, "params", /must be object/],
  ["a number for text", "status", { workflow_id: 5 }, "workflow_id", /must be string/],
  [
    "a resource under another name",
    "query",
    { resource: "runs" },
    "resource",
    /unknown resource "runs": must be one of .*; did you mean "workflows"\?$/,
  ],
  [
    "a resource misspelt",
    "query",
    { resource: "Template" },
    "resource",
    /; did you mean "templates"\?$/,
  ],
  [
    "a signal under another name",
    "signal",
    { workflow_id: "w", signal_type: "abort", payload: {} },
    "signal_type",
    /; did you mean "cancel"\?$/,
  ],
  [
    "an unknown resource",
    "query",
    { resource: "secrets" },
    "resource",
    /unknown resource "secrets".*workflows, events, templates/,
  ],
  [
    "an unknown signal",
    "signal",
    { workflow_id: "w", signal_type: "kill", payload: {} },
    "signal_type",
    /unknown signal_type/,
  ],
  [
    "a missing payload",
    "signal",
    { workflow_id: "w", signal_type: "cancel" },
    "payload",
    /is required/,
  ],
  ["an unknown format", "diagram", { workflow_id: "w", format: "pdf" }, "format", /unknown format/],
  ["too long a wait", "run", { ...RUN, wait_ms: 600_001 }, "wait_ms", /from 0 to 600000/],
  ["a negative wait", "run", { ...RUN, wait_ms: "-1" }, "wait_ms", /from 0 to 600000/],
  ["a fraction of a millisecond", "run", { ...RUN, wait_ms: 1.5 }, "wait_ms", /integer/],
  ["an empty name", "run", { ...RUN, template_name: "" }, "template_name", /non-empty/],
  [
    "an empty name of a template",
    "define",
    {
      name: "",
      definition: {},
      agent_id: "a",
    },
    "name",
    /non-empty/,
  ],
  ["a blank workflow", "status", { workflow_id: "  " }, "workflow_id", /blank/],
  ["a blank name", "run", { ...RUN, template_name: " \t " }, "template_name", /blank/],
  ["a blank agent", "define", { name: "n", definition: {}, agent_id: "  " }, "agent_id", /blank/],
  ["a long agent", "run", { ...RUN, agent_id: "a".repeat(129) }, "agent_id", /128/],
  ["a control character", "run", { ...RUN, agent_id: "a\u0007b" }, "agent_id", /printable/],
];

for (const [what, tool, args, argument, message] of refused) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(read(tool, args), (error: OpcodeError) => {
      assert.equal(error.code, "VALIDATION_ERROR");
      assert.equal(error.details?.argument, argument);
      assert.ok(error.details?.rule);
      assert.match(error.message, message);
      return true;
    });
  });
}

test("an agent's name may be long, spaced and in any script", async () => {
  for (const agent_id of ["a".repeat(128), "deploy bot 2", "агент-7"]) {
    assert.equal((await read("run", { ...RUN, agent_id })).agent_id, agent_id);
  }
});

test("a step's full id may be longer than a name, and hold whatever an id may", async () => {
  const step_id = "\u{1f468}\u200d\u{1f469}".repeat(100);
  const args = { workflow_id: "w", signal_type: "retry", payload: {}, step_id };
  assert.equal((await read("signal", args)).step_id, step_id);
});
