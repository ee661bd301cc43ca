// What a request to go on from a step of another run must be, and what it answers.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { answer, echo, external, failing, fork, runAnswered } from "../../support/fork.ts";
import { openTestEngine, settle, statuses, type TestEngine } from "../../support/test-engine.ts";

const after = (...ids: string[]) => ({ depends_on: ids });
const CHAIN = [external("a"), external("b", after("a")), external("c", after("b"))];

async function chain(): Promise<{ engine: TestEngine; source: string }> {
  const engine = await openTestEngine();
  return { engine, source: await runAnswered(engine, CHAIN, ["a", "b", "c"]) };
}

test("what is wrong with the request is named", async () => {
  const { engine, source } = await chain();
  const refused = async (request: JsonObject, code: string, message: RegExp) => {
    const run = engine.opcode.run({ agent_id: "forker", ...request });
    await assert.rejects(run, { code, message });
  };
  const from = { from_run: source, from_step: "b" };
  await refused({}, "VALIDATION_ERROR", /^template_name: is required, or from_run$/);
  await refused(
    { from_run: source },
    "VALIDATION_ERROR",
    /^from_step: is required with from_run: write the id of the top-level step .*opcode\.status.*leave from_run out/,
  );
  await refused(
    { from_step: "b" },
    "VALIDATION_ERROR",
    /^from_run: is required with from_step: write the id of the run/,
  );
  await refused({ ...from, from_run: "nobody" }, "NOT_FOUND", /^workflow "nobody" not found$/);
  await refused(
    { ...from, from_step: "bb" },
    "VALIDATION_ERROR",
    /^from_step: "bb" is not a top-level step of "w" v1; did you mean "b"\? There are b, a/,
  );
  await refused(
    { ...from, template_name: "x" },
    "VALIDATION_ERROR",
    /^template_name: must be "w", as in from_run, or left out$/,
  );
  await refused({ ...from, version: "v7" }, "NOT_FOUND", /"w" v7 not found/);
  await refused({ ...from, agent_id: "" }, "VALIDATION_ERROR", /^agent_id:/);
  assert.equal(engine.calls.length, 3);
  const { rows } = await engine.opcode.query({ resource: "workflows" });
  assert.equal(rows.length, 1);
});

test("a hook is no step to go on from, nor is a step inside another one", async () => {
  const engine = await openTestEngine();
  const inside = { id: "all", type: "parallel", config: { branches: [[echo("x")]] } };
  const { workflow_id } = await engine.run([inside], {
    definition: { on_complete: echo("hook") },
  });
  for (const step of ["hook", "all.branch_0.x"]) {
    await assert.rejects(fork(engine, workflow_id, step), { code: "VALIDATION_ERROR" });
  }
});

test("a workflow that is still active is a CONFLICT", async () => {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([external("a")], { wait_ms: 0 });
  await engine.called("a");
  await assert.rejects(fork(engine, workflow_id, "a"), {
    code: "CONFLICT",
    message: `from_run: workflow "${workflow_id}" is active; it must have ended or be suspended`,
  });
});

test("the template may be named, and the newest version does not matter", async () => {
  const { engine, source } = await chain();
  await engine.define("w", [echo("a"), echo("b"), echo("c")]);
  const reply = fork(engine, source, "c", { template_name: "w" });
  await answer(engine, ["c"]);
  const { workflow_id } = await reply;
  const { template_version, agent_id } = await engine.opcode.status(workflow_id);
  assert.deepEqual([template_version, agent_id], ["v1", "forker"]);
  const empty = fork(engine, source, "c", { version: "" });
  await answer(engine, ["c"]);
  assert.equal((await engine.opcode.status((await empty).workflow_id)).template_version, "v1");
});

test("a run that goes on with an older version than the latest says so, unless it was asked for", async () => {
  const engine = await openTestEngine();
  const steps = [echo("a"), failing("b", after("a"))];
  const { workflow_id: source } = await engine.run(steps);
  const warnings = async (more: JsonObject = {}) =>
    (await fork(engine, source, "b", more)).warnings;
  assert.equal(await warnings(), undefined);
  const retry = async () => {
    const signal = { workflow_id: source, signal_type: "retry", step_id: "b" } as const;
    return (await engine.opcode.signal(signal)).warnings;
  };
  assert.equal(await retry(), undefined);
  await engine.define("w", [echo("a"), echo("b", after("a"))]);
  assert.deepEqual(await warnings(), [
    'it runs "w" v1, as from_run did; v2 is the latest, which version "latest" asks for',
  ]);
  assert.deepEqual(await retry(), [
    'it goes on with "w" v1; v2 is the latest, which a new run has: from_run, from_step and ' +
    'version "latest"',
  ]);
  assert.equal(await warnings({ version: "latest" }), undefined);
  assert.equal(await warnings({ version: "v1" }), undefined);
});

test("another version runs when all that is kept is the same in it", async () => {
  const { engine, source } = await chain();
  await engine.define("w", [
    external("a"),
    echo("new", after("b")),
    external("b", after("a")),
    echo("c", { params: { of: "${{steps.b.output}}" }, ...after("new") }),
  ]);
  const reply = fork(engine, source, "b", { version: "latest" });
  await answer(engine, ["b"]);
  const { workflow_id, status, steps } = await reply;
  assert.equal(status, "completed");
  assert.deepEqual(steps!.c!.output, { of: "B" });
  assert.deepEqual(engine.calls, ["a:1", "b:1", "c:1", "b:1"]);
  assert.equal((await engine.opcode.status(workflow_id)).template_version, "v2");
});

test("another version in which a kept step differs is refused, naming the first", async () => {
  const { engine, source } = await chain();
  await engine.define("w", [
    external("a", { timeout: "5s" }),
    external("b", { timeout: "5s", ...after("a") }),
    external("c", after("b")),
  ]);
  await assert.rejects(fork(engine, source, "c", { version: "v2" }), {
    code: "VALIDATION_ERROR",
    message: 'version: step "a" would be kept, but it is not the same in v1 and v2; ' +
      "begin from it or from a step before it",
  });
  await engine.define("w", [external("a"), external("c", after("a"))]);
  await assert.rejects(fork(engine, source, "c", { version: "v3" }), { message: /step "b"/ });
  await assert.rejects(fork(engine, source, "b", { version: "v3" }), {
    message: /^from_step: "b" is not a top-level step of "w" v3; there are /,
  });
});

test("a step that a new version puts before a kept one's dependents runs with them", async () => {
  const engine = await openTestEngine();
  const source = await runAnswered(engine, [
    external("a"),
    external("b"),
    external("c", after("a", "b")),
  ], ["a", "b", "c"]);
  await engine.define("w", [external("a"), external("b"), external("c", after("b")), echo("d")]);
  // In the old version c follows from a: its new definition does not matter.
  const reply = fork(engine, source, "a", { version: "v2" });
  await answer(engine, ["a", "c"]);
  assert.deepEqual(statuses(await reply), {
    a: "completed",
    b: "completed",
    c: "completed",
    d: "completed",
  });
  assert.deepEqual(engine.calls.filter((call) => call === "b:1"), ["b:1"]);
});

test("a fallback that nobody needed may be called by a step that a new version adds", async () => {
  const engine = await openTestEngine();
  const handled = { on_error: { strategy: "fallback_step", fallback_step: "f" } };
  const source = await runAnswered(engine, [
    external("a", handled),
    external("f"),
    external("b", after("a")),
  ], ["a", "b"]);
  await engine.define("w", [
    external("a", handled),
    external("f"),
    external("b", after("a")),
    { ...echo("n", handled), action: "test.fail" },
  ]);
  const reply = fork(engine, source, "b", { version: "v2" });
  await answer(engine, ["f", "b"]);
  assert.deepEqual(statuses(await reply), {
    a: "completed",
    f: "completed",
    b: "completed",
    n: "failed",
  });
});

test("params are the source's unless others are given; input_schema checks both", async () => {
  const engine = await openTestEngine();
  const schema = {
    type: "object",
    properties: { n: { type: "integer" } },
    required: ["n"],
    additionalProperties: false,
  };
  const steps = [
    echo("a", { params: { n: "${{inputs.n}}" } }),
    echo("b", { params: { n: "${{inputs.n}}" }, ...after("a") }),
  ];
  const { workflow_id } = await engine.run(steps, {
    params: { n: 1 },
    template: { input_schema: schema },
  });
  const outputs = async (params?: JsonObject) => {
    const { steps } = await fork(engine, workflow_id, "b", params && { params });
    return [steps!.a!.output, steps!.b!.output];
  };
  assert.deepEqual(await outputs(), [{ n: 1 }, { n: 1 }]);
  assert.deepEqual(await outputs({ n: 2 }), [{ n: 1 }, { n: 2 }]);
  const wrong = { code: "VALIDATION_ERROR", message: /^params\.n: / };
  await assert.rejects(fork(engine, workflow_id, "b", { params: { n: "x" } }), wrong);
  await engine.opcode.define({
    name: "w",
    agent_id: "test",
    definition: { steps },
    input_schema: { ...schema, required: ["n", "m"], properties: { n: {}, m: {} } },
  });
  await assert.rejects(fork(engine, workflow_id, "b", { version: "v2" }), {
    code: "VALIDATION_ERROR",
    message: /^params.*m/,
  });
});

test("a key names one fork: the same request gets its answer, any other is a CONFLICT", async () => {
  const { engine, source } = await chain();
  const again = (step: string, more: JsonObject = {}) =>
    fork(engine, source, step, { idempotency_key: "k", ...more });
  const both = [again("c"), again("c")];
  await answer(engine, ["c"]);
  const [one, two] = await Promise.all(both);
  assert.equal(one!.workflow_id, two!.workflow_id);
  assert.equal((await again("c", { params: {} })).workflow_id, one!.workflow_id);
  assert.equal(engine.calls.length, 4);
  const other = { code: "CONFLICT", message: /was used for a run of "w" v1 that began elsewhere$/ };
  await assert.rejects(again("b"), other);
  await assert.rejects(
    engine.opcode.run({ agent_id: "forker", template_name: "w", idempotency_key: "k" }),
    other,
  );
  await assert.rejects(again("c", { params: { x: 1 } }), { message: /with other params$/ });
});

test("a key answers with the fork although the source has gone on meanwhile", async () => {
  const engine = await openTestEngine();
  const source = (await engine.run([
    { id: "gate", type: "wait", config: { signal: "go" } },
    external("b", after("gate")),
    echo("c"),
  ])).workflow_id;
  const first = await fork(engine, source, "c", { idempotency_key: "k" });
  const signal = { workflow_id: source, signal_type: "data", payload: { name: "go" } } as const;
  await engine.opcode.signal({ ...signal, wait_ms: 0 });
  await engine.called("b");
  assert.equal((await engine.opcode.status(source)).status, "active");
  const second = await fork(engine, source, "c", { idempotency_key: "k" });
  assert.equal(second.workflow_id, first.workflow_id);
  await assert.rejects(fork(engine, source, "c", { idempotency_key: "other" }), {
    code: "CONFLICT",
  });
});

test("status and query say what a fork went on from; other runs have nothing to say", async () => {
  const { engine, source } = await chain();
  const { workflow_id } = await fork(engine, source, "c", { wait_ms: 0 });
  await settle();
  const forked_from = { workflow_id: source, step_id: "c" };
  assert.deepEqual((await engine.opcode.status(workflow_id)).forked_from, forked_from);
  assert.ok(!("forked_from" in await engine.opcode.status(source)));
  const { rows } = await engine.opcode.query({ resource: "workflows" });
  assert.deepEqual(
    Object.fromEntries(rows.map((row) => [row.id, row.forked_from])),
    { [workflow_id]: forked_from, [source]: undefined },
  );
});

test("a fork of a child is nobody's child", async () => {
  const engine = await openTestEngine();
  await engine.define("child", [external("x"), echo("y", after("x"))]);
  const parent = engine.run([
    { id: "call", action: "workflow.run", params: { template_name: "child" } },
  ]);
  await answer(engine, ["x"]);
  assert.equal((await parent).status, "completed");
  const { rows } = await engine.opcode.query({
    resource: "workflows",
    filter: { template_name: "child" },
  });
  const reply = await fork(engine, rows[0]!.id as string, "y");
  assert.equal(reply.status, "completed");
  assert.ok(!("parent_workflow_id" in await engine.opcode.status(reply.workflow_id)));
});

test("a kept workflow.run starts no child", async () => {
  const engine = await openTestEngine();
  await engine.define("child", [external("x")]);
  const parent = engine.run([
    { id: "call", action: "workflow.run", params: { template_name: "child" } },
    echo("end", { params: { is: "${{steps.call.output}}" }, ...after("call") }),
  ]);
  await answer(engine, ["x"]);
  const { workflow_id } = await parent;
  const reply = await fork(engine, workflow_id, "end");
  assert.deepEqual(reply.steps!.end!.output, { is: "X" });
  const { rows } = await engine.opcode.query({ resource: "workflows" });
  assert.equal(rows.length, 3);
});
