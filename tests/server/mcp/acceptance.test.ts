// Whether the six tools do together what an agent expects of them: real engine, real protocol.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { type Cleanup } from "../../support/daemon.ts";
import { BASE_URL, mcpApp, openSession } from "../../support/mcp-app.ts";
import { openTestEngine } from "../../support/test-engine.ts";

async function connect(t: Cleanup) {
  const engine = await openTestEngine();
  const session = await openSession(mcpApp(t, { opcode: engine.opcode }));
  /** The structured content of a call that must succeed. */
  const call = async (tool: string, args: JsonObject) => {
    const { content, structuredContent, isError } = await session.call(`opcode.${tool}`, args);
    assert.equal(isError, undefined, content[0].text);
    assert.deepEqual(JSON.parse(content[0].text), structuredContent);
    assert.equal(Array.isArray(structuredContent), false);
    return structuredContent;
  };
  /** The text of a call that must be a tool error with this code. */
  const refused = async (tool: string, args: JsonObject, code = "VALIDATION_ERROR") => {
    const { content, structuredContent, isError } = await session.call(`opcode.${tool}`, args);
    assert.equal(isError, true, content[0].text);
    assert.equal(structuredContent.error.code, code);
    assert.ok(content[0].text.startsWith(`[${code}] `), content[0].text);
    return content[0].text as string;
  };
  return { engine, call, refused };
}

const STEPS: JsonObject[] = [
  { id: "a", action: "test.echo", params: { n: "${{inputs.n}}" } },
  { id: "b", action: "test.echo", depends_on: ["a"], params: { n: "${{steps.a.output.n}}" } },
];
const TEMPLATE = { name: "t", agent_id: "bot", definition: { steps: STEPS } };
const RUN = { template_name: "t", agent_id: "bot", params: { n: 1 } };

test("defined twice is v1 and v2; run takes the highest number or the one it is told", async (t) => {
  const { call } = await connect(t);
  const version = (n: number) => ({
    ...TEMPLATE,
    definition: { steps: [{ id: "a", action: "test.echo", params: { n } }] },
  });
  const ran = async (more: JsonObject = {}) => (await call("run", { ...RUN, ...more })).output.n;
  assert.deepEqual(await call("define", version(1)), { name: "t", version: "v1" });
  assert.deepEqual(await call("define", version(2)), { name: "t", version: "v2" });
  assert.deepEqual([await ran(), await ran({ version: "v1" })], [2, 1]);
  for (let n = 3; n <= 10; n++) await call("define", version(n));
  assert.deepEqual([await ran(), await ran({ version: "9" })], [10, 9]);
  assert.equal(await ran({ version: "latest" }), 10);
});

test("define, run, status and query tell one story", async (t) => {
  const { call } = await connect(t);
  await call("define", TEMPLATE);
  const run = await call("run", RUN);
  assert.equal(run.status, "completed");
  const { workflow_id } = run;
  const status = await call("status", { workflow_id });
  assert.deepEqual([status.status, status.output], ["completed", { n: 1 }]);
  const filter = { agent_id: "bot" };
  const { workflows } = await call("query", { resource: "workflows", filter });
  assert.deepEqual(workflows.map(({ id }: JsonObject) => id), [workflow_id]);
  const { events } = await call("query", { resource: "events", filter: { workflow_id } });
  const types = new Set(events.map(({ event_type }: JsonObject) => event_type));
  for (const type of ["workflow_started", "step_started", "step_completed", "workflow_completed"]) {
    assert.ok(types.has(type), type);
  }
  const sequences = events.map(({ sequence }: JsonObject) => sequence);
  assert.deepEqual(sequences, sequences.map((_: unknown, i: number) => i + 1));
  const { templates } = await call("query", { resource: "templates", filter: { name: "t" } });
  assert.deepEqual([templates.length, templates[0].version], [1, "v1"]);
});

test("a workflow goes on from a step of another one, under other params", async (t) => {
  const { call, refused } = await connect(t);
  await call("define", TEMPLATE);
  const source = await call("run", RUN);
  const from = { agent_id: "bot", from_run: source.workflow_id, from_step: "b" };
  const same = await call("run", from);
  assert.deepEqual([same.status, same.output, same.steps.a], [
    "completed",
    { n: 1 },
    source.steps.a,
  ]);
  const anew = await call("run", { ...from, from_step: "a", params: { n: 2 } });
  assert.deepEqual(anew.output, { n: 2 });
  const { forked_from } = await call("status", { workflow_id: anew.workflow_id });
  assert.deepEqual(forked_from, { workflow_id: source.workflow_id, step_id: "a" });
  assert.match(await refused("run", { ...from, from_step: "x" }), /from_step: "x" is not a top-/);
  assert.match(await refused("run", { ...from, from_run: " " }), /from_run: must not be blank/);
  assert.match(await refused("run", { ...from, from_run: "x" }, "NOT_FOUND"), /"x" not found/);
});

test("lists are filtered by agent and limit, and an empty one is an array", async (t) => {
  const { call } = await connect(t);
  const empty = await call("query", { resource: "workflows" });
  assert.deepEqual(empty, { workflows: [] });
  await call("define", TEMPLATE);
  for (const agent_id of ["bot", "bot", "other"]) await call("run", { ...RUN, agent_id });
  const count = async (filter: JsonObject) =>
    (await call("query", { resource: "workflows", filter })).workflows.length;
  assert.deepEqual(
    [await count({}), await count({ agent_id: "bot" }), await count({ limit: 1 })],
    [3, 2, 1],
  );
  const none = await call("query", { resource: "workflows", filter: { agent_id: "nobody" } });
  assert.deepEqual(none, { workflows: [] });
});

test("what cannot be done is a tool error with a code, never a protocol error", async (t) => {
  const { call, refused } = await connect(t);
  await call("define", TEMPLATE);
  assert.match(await refused("run", { ...RUN, template_name: "x" }, "NOT_FOUND"), /not found/);
  assert.match(
    await refused("run", { ...RUN, version: "v7" }, "NOT_FOUND"),
    /template "t" v7 not found/,
  );
  assert.match(
    await refused("status", { workflow_id: "x" }, "NOT_FOUND"),
    /workflow "x" not found; opcode\.query \{"resource": "workflows"\} lists those there are/,
  );
  for (const tool of ["status", "diagram"]) {
    assert.match(
      await refused(tool, { workflow_id: "t" }, "NOT_FOUND"),
      /workflow "t" not found; that is the name of a template: opcode\.query .*\{"template_name": "t"\}/,
    );
  }
  const inside = { workflow_id: "x", signal_type: "cancel", payload: { reason: "enough" } };
  assert.match(await refused("signal", inside), /payload\.reason: .*"reasoning, beside payload"/);
  const signal = { workflow_id: "x", signal_type: "cancel", payload: {} };
  assert.match(await refused("signal", signal, "NOT_FOUND"), /not found/);
  assert.match(await refused("query", { resource: "secrets" }), /unknown resource/);
  for (const tool of ["query", "status", "diagram"]) {
    const told = await refused(tool, { resource: "workflows", workflow_id: "x", agent_id: "a" });
    assert.match(told, /agent_id.*; leave agent_id out: only define, run and signal take it/);
    assert.doesNotMatch(told, /filter\.agent_id/);
  }
  assert.match(await refused("diagram", { format: "pdf", template_name: "t" }), /format/);
  assert.match(await refused("diagram", {}), /template_name or workflow_id is required/);
});

test("a missing argument of any tool is named", async (t) => {
  const { refused } = await connect(t);
  const complete: Record<string, JsonObject> = {
    define: TEMPLATE,
    run: { template_name: "t", agent_id: "bot" },
    status: { workflow_id: "w" },
    signal: { workflow_id: "w", signal_type: "cancel", payload: {} },
    query: { resource: "workflows" },
  };
  for (const [tool, args] of Object.entries(complete)) {
    for (const name of Object.keys(args)) {
      const { [name]: _, ...rest } = args;
      const message = await refused(tool, rest);
      // What is only required without another argument is missed by the engine.
      assert.match(message, new RegExp(`^\\[VALIDATION_ERROR\\] ${name}:? is required`));
    }
  }
});

test("a definition's faults can be read in the text of the answer", async (t) => {
  const { refused } = await connect(t);
  const steps = [{ id: "a", action: "fs.read" }, { id: "b", action: "no.such" }];
  const text = await refused("define", { ...TEMPLATE, definition: { steps } });
  assert.deepEqual(text.split("\n"), [
    "[VALIDATION_ERROR] validation failed with 2 errors",
    "steps[0].params.path: is required",
    'steps[1].action: no action "no.such" is registered',
  ]);
});

test("warnings of a definition come with its version", async (t) => {
  const { call } = await connect(t);
  const definition = { steps: [{ id: "a b", action: "test.echo", params: { x: "{{x}}" } }] };
  const { version, warnings } = await call("define", { ...TEMPLATE, definition });
  assert.equal(version, "v1");
  assert.deepEqual(warnings.map(({ path }: JsonObject) => path), [
    "steps[0].id",
    "steps[0].params.x",
  ]);
});

test("a dry run tells faults, levels and changes, as an answer, and stores nothing", async (t) => {
  const { call } = await connect(t);
  const template = { ...TEMPLATE, input_schema: { type: "object" } };
  await call("define", template);
  const steps = [...STEPS, { id: "c", action: "test.echo", depends_on: ["b"] }];
  const reply = await call("define", { ...template, definition: { steps }, dry_run: true });
  assert.deepEqual(reply, {
    dry_run: true,
    name: "t",
    version: "v2",
    report: {},
    levels: [["a"], ["b"], ["c"]],
    diff: { against: "v1", added: ["c"], removed: [], changed: [], workflow: [] },
  });
  const faulty = { ...template, definition: { steps: [{ id: "a", action: "no.such" }] } };
  const { report } = await call("define", { ...faulty, dry_run: true });
  assert.deepEqual(report.errors.map(({ path, code }: JsonObject) => [path, code]), [
    ["steps[0].action", "ACTION_UNAVAILABLE"],
  ]);
  const { templates } = await call("query", { resource: "templates" });
  assert.deepEqual(templates.map(({ version }: JsonObject) => version), ["v1"]);
  assert.deepEqual(await call("define", { ...template, dry_run: false }), {
    name: "t",
    version: "v1",
    unchanged: true,
  });
});

test("whoever defines a webhook is told its URL and the header that proves a delivery", async (t) => {
  const { call } = await connect(t);
  const definition = {
    steps: [{ id: "a", action: "test.echo", params: { b: "${{inputs.body}}" } }],
  };
  const triggers = { webhook: [{ name: "in", verify: "hmac-sha256", secret: "S" }] };
  const defined = await call("define", { ...TEMPLATE, definition, triggers });
  const told = [{
    name: "in",
    url: `${BASE_URL}/hooks/t/in`,
    signature: "X-Signature-256: sha256=HEX of the body (HMAC-SHA256 by the secret)",
  }];
  assert.deepEqual(defined.webhooks, told);
  const { templates } = await call("query", { resource: "templates", filter: { name: "t" } });
  assert.deepEqual(templates[0].webhooks, told);
});
