// Whether answers of a real engine fit a context window unless more is asked for, and how more is had.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { JsonObject } from "../../../core/json.ts";
import { findTool } from "../../../server/mcp/tools/toolset.ts";
import { mcpApp, openSession } from "../../support/mcp-app.ts";
import { openTestEngine } from "../../support/test-engine.ts";

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/** A loop of 300, an output of 100 KB, and at last a question. */
const STEPS = [
  { id: "big", action: "test.echo", params: { text: "${{inputs.text}}" } },
  {
    id: "each",
    type: "loop",
    depends_on: ["big"],
    config: {
      over: Array.from({ length: 300 }, (_, i) => i),
      body: [{ id: "one", action: "test.echo", params: { text: "a".repeat(200) } }],
    },
  },
];

async function bigRun(t: { after(run: () => unknown): void }, steps: object[] = STEPS) {
  const { opcode } = await openTestEngine();
  await opcode.define({ name: "big", agent_id: "a", definition: { steps } } as never);
  const session = await openSession(mcpApp(t, { opcode }));
  const run = { template_name: "big", agent_id: "a", params: { text: "é".repeat(50_000) } };
  const answer = await session.call("opcode.run", run);
  return { opcode, session, run, answer, id: answer.structuredContent.workflow_id as string };
}

function checkSchema(tool: string, result: any): void {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
    findTool(tool)!.outputSchema,
  );
  assert.ok(validate(result.structuredContent), JSON.stringify(validate.errors));
}

test("run, status and signal answer in 40 KB, text and structure together", async (t) => {
  const gate = { id: "gate", type: "wait", config: { signal: "go" }, depends_on: ["each"] };
  const { session, answer, id } = await bigRun(t, [...STEPS, gate]);
  const status = await session.call("opcode.status", { workflow_id: id });
  const signal = await session.call("opcode.signal", {
    workflow_id: id,
    signal_type: "data",
    payload: { signal: "go" },
  });
  for (const [tool, result] of Object.entries({ run: answer, status, signal })) {
    assert.ok(bytes(result) <= 40_000, `${tool}: ${bytes(result)}`);
    checkSchema(`opcode.${tool}`, result);
    const { structuredContent } = result;
    assert.equal(structuredContent.truncated, true);
    assert.match(structuredContent.hint, /Whole \(a text to 40 KB\): opcode\.status with step_id/);
    const { completed, more } = structuredContent.steps.each.nested;
    assert.ok(
      completed === 300 || completed > 0 && more,
      "steps that nobody counted are owned up to",
    );
    assert.equal(structuredContent.steps.big.output_size, bytes({ text: "é".repeat(50_000) }));
    const text = JSON.parse(result.content[0].text);
    assert.equal(text.workflow_id, id);
    assert.ok(bytes(text) <= 10_000);
    assert.match(text.hint, /Whole \(a text to 40 KB\): opcode\.status with step_id/);
  }
  assert.deepEqual(answer.structuredContent.waiting_signals, [{ step_id: "gate", signal: "go" }]);
});

test("what is cut is had whole by step_id, by fields, or all at once", async (t) => {
  const { session, run, id } = await bigRun(t);
  const ask = async (more: object) =>
    await session.call("opcode.status", { workflow_id: id, ...more });
  const step = await ask({ step_id: "big" });
  checkSchema("opcode.status", step);
  assert.deepEqual(Object.keys(step.structuredContent.steps), ["big"]);
  assert.equal(step.structuredContent.steps.big.output.text.length, 50_000);

  const iteration = await ask({ step_id: "each.iter_299.one" });
  const { structuredContent, content } = iteration;
  assert.equal(structuredContent.steps["each.iter_299.one"].output.text, "a".repeat(200));
  assert.deepEqual(JSON.parse(content[0].text), structuredContent);

  const loop = await ask({ step_id: "each" });
  assert.equal(Object.keys(loop.structuredContent.steps).length, 301);

  const fields = await ask({ fields: ["output", "steps"] });
  assert.deepEqual(Object.keys(fields.structuredContent), [
    "workflow_id",
    "status",
    "output",
    "steps",
  ]);
  assert.equal(Object.keys(fields.structuredContent.steps).length, 302);
  const asText = await ask({ fields: "output, error" });
  assert.deepEqual(Object.keys(asText.structuredContent), ["workflow_id", "status", "output"]);

  const whole = await ask({ detail: "full" });
  assert.equal(Object.keys(whole.structuredContent.steps).length, 302);
  assert.equal(whole.structuredContent.hint, undefined);
  assert.ok(Buffer.byteLength(whole.content[0].text) <= 40_200, "the text is no second copy");
  for (const { content: [{ text }] } of [whole, step]) {
    assert.ok(Buffer.byteLength(text) > 12_000, "it says as much as a text may");
    const { hint } = JSON.parse(text);
    assert.match(hint, /^This text is cut to 40 KB; structuredContent beside it has everything\./);
  }
  const again = await session.call("opcode.run", { ...run, detail: "full" });
  assert.equal(again.structuredContent.steps.big.output.text.length, 50_000);

  const unknown = await ask({ step_id: "bog" });
  assert.match(unknown.content[0].text, /step_id: .* no step "bog".*did you mean "big"/);
  const field = await ask({ fields: ["outputs"] });
  assert.match(field.content[0].text, /fields: unknown fields "outputs": must be one of output/);
});

test("an output that no answer about a run has room for is read from the log", async (t) => {
  const steps = ["a", "b", "c"].map((id) => ({ ...STEPS[0], id }));
  const { opcode } = await openTestEngine();
  await opcode.define({ name: "big", agent_id: "a", definition: { steps } } as never);
  const session = await openSession(mcpApp(t, { opcode }));
  const params = { text: "x".repeat(600_000) };
  const { structuredContent } = await session.call("opcode.run", {
    ...{ template_name: "big", agent_id: "a", params },
  });
  const { workflow_id } = structuredContent;
  const full = await session.call("opcode.status", { workflow_id, detail: "full" });
  for (const id of ["a", "b", "c"]) {
    const { structuredContent } = await session.call("opcode.status", { workflow_id, step_id: id });
    assert.equal(structuredContent.steps[id].output.text.length, 600_000);
    assert.equal(structuredContent.steps[id].status, "completed");
    assert.equal(structuredContent.steps[id].output_size, undefined);
  }
  assert.ok(
    Object.values<any>(full.structuredContent.steps).some((step) => step.output_size > 0),
    "or else this tests nothing",
  );
});

test("query answers workflows in 20 KB, the other lists in 40", async (t) => {
  const { opcode } = await openTestEngine();
  const name = "n".repeat(128);
  const agent_id = "é".repeat(128);
  await opcode.define({ name, agent_id, definition: { steps: [STEPS[0]] } } as never);
  const session = await openSession(mcpApp(t, { opcode }));
  for (let n = 0; n < 30; n++) {
    await opcode.run({
      template_name: name,
      agent_id,
      params: { text: "é".repeat(400) },
      wait_ms: 1_000,
    });
  }
  const query = async (resource: string, more: object = {}) =>
    await session.call("opcode.query", { resource, ...more });
  const first = await query("workflows");
  assert.ok(bytes(first.structuredContent) <= 20_000, `${bytes(first.structuredContent)}`);
  assert.ok(bytes(first) <= 40_000, `${bytes(first)}`);
  checkSchema("opcode.query", first);
  const { workflows, next_cursor, hint } = first.structuredContent;
  assert.equal(workflows.length, 20);
  assert.match(hint, /detail "full"/);
  assert.ok(workflows.every((row: any) => row.output_size > 800 && row.truncated));
  const second = await query("workflows", { filter: { cursor: next_cursor } });
  assert.equal(second.structuredContent.workflows.length, 10);
  const one = await query("workflows", { filter: { limit: 1 } });
  assert.equal(
    one.structuredContent.workflows[0].input_params.text.length,
    400,
    "one row is whole",
  );
  const whole = await query("workflows", { filter: { limit: 30 }, detail: "full" });
  assert.ok(whole.structuredContent.workflows.every((row: any) => row.output.text.length === 400));

  const events = await query("events", { filter: { event_type: "step_completed" } });
  assert.equal(events.structuredContent.events.length, 30);
  assert.ok(bytes(events) <= 40_000, `${bytes(events)}`);
  assert.ok(events.structuredContent.events.every((row: any) => row.payload_size > 800));
});

for (const id of ["one", "a".repeat(60)]) {
  test(`a page of events that nobody sized fits, of steps with ids of ${id.length}`, async (t) => {
    const one = { id, action: "test.echo", params: { text: "a".repeat(100) } };
    const outer = "o".repeat(id.length);
    const steps = [{
      id: outer,
      type: "loop",
      config: { over: [...Array(150).keys()], body: [one] },
    }];
    const { session, id: workflow_id } = await bigRun(t, steps);
    for (const filter of [{ workflow_id }, { event_type: "step_completed" }] as JsonObject[]) {
      const result = await session.call("opcode.query", { resource: "events", filter });
      assert.ok(bytes(result) <= 40_000, String(bytes(result)));
      const { events, next_cursor } = result.structuredContent;
      assert.ok(events.length >= 5);
      const next = await session.call("opcode.query", {
        resource: "events",
        filter: { ...filter, cursor: next_cursor },
      });
      const ids = [...events, ...next.structuredContent.events].map((event: any) => event.id);
      assert.equal(new Set(ids).size, ids.length);
      assert.ok(bytes(next) <= 40_000);
    }
  });
}

test("a value that is as short as what would stand in its place stays", async (t) => {
  const { opcode } = await openTestEngine();
  const steps = [{ id: "a", action: "test.echo", params: { n: "${{inputs.n}}" } }];
  await opcode.define({ name: "small", agent_id: "a", definition: { steps } } as never);
  for (let n = 0; n < 60; n++) {
    await opcode.run({ template_name: "small", agent_id: "a", params: { n } });
  }
  const session = await openSession(mcpApp(t, { opcode }));
  const { content, structuredContent } = await session.call("opcode.query", {
    resource: "workflows",
    filter: { limit: 60 },
  });
  assert.ok(bytes(structuredContent) > 18_000, "there is no room for all");
  for (const rows of [structuredContent.workflows, JSON.parse(content[0].text).workflows]) {
    assert.equal(rows.length, 60);
    for (const row of rows) {
      assert.equal(typeof row.input_params.n, "number");
      assert.equal(row.truncated, undefined);
    }
  }
});
