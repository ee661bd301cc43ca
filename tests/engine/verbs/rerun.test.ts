// What doing a run again begins with, whose it is, and when it is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { Vault } from "../../../engine/vault/vault.ts";
import { ManualClock } from "../../support/mcp-clock.ts";
import { MemoryVault } from "../../support/memory-vault.ts";
import {
  openTestEngine,
  pass,
  payloadsOf,
  settle,
  type TestEngine,
} from "../../support/test-engine.ts";

const DAY = 86_400_000;
const echo = (id: string, params: JsonObject): JsonObject => ({ id, action: "test.echo", params });

/** A run of the first version, made by "owner"; there is a second one by now. */
async function source(): Promise<{ engine: TestEngine; id: string }> {
  const engine = await openTestEngine();
  await engine.define("w", [echo("a", { said: "${{inputs.text}}" })]);
  const { workflow_id } = await engine.opcode.run({
    template_name: "w",
    agent_id: "owner",
    params: { text: "first" },
  });
  await engine.define("w", [echo("a", { changed: true })]);
  return { engine, id: workflow_id };
}

async function outputOf({ opcode }: TestEngine, id: string): Promise<unknown> {
  await settle();
  return (await opcode.status(id)).output;
}

test("it has the version, params and agent of the run, and says of which it is one", async () => {
  const { engine, id } = await source();
  const reply = await engine.opcode.rerun({ workflow_id: id, agent_id: "asker" });
  assert.notEqual(reply.workflow_id, id);
  assert.equal(reply.rerun_of, id);
  assert.deepEqual(reply.warnings, ['it runs "w" v1, as that run did; v2 is the latest']);
  assert.deepEqual(await outputOf(engine, reply.workflow_id), { said: "first" });
  const again = await engine.opcode.status(reply.workflow_id);
  assert.deepEqual([again.rerun_of, again.agent_id, again.template_version], [id, "owner", "v1"]);
  const { rows } = await engine.opcode.query({ resource: "workflows" });
  assert.deepEqual(rows.map((row) => row.rerun_of), [id, undefined]);
  assert.deepEqual(rows[0]!.input_params, { text: "first" });
  const [started] = await payloadsOf(engine, reply.workflow_id, "workflow_started");
  assert.deepEqual(started, { rerun_of: id });
  const event = again.events.find((one) => one.event_type === "workflow_started");
  assert.equal(event!.agent_id, "asker");
  const { agents } = await engine.opcode.agents();
  assert.ok(agents.some((agent) => agent.id === "asker"), "who asks is known from then on");
});

test("one that is done again may be done again, and one that is under way as well", async () => {
  const { engine, id } = await source();
  const first = await engine.opcode.rerun({ workflow_id: id });
  const second = await engine.opcode.rerun({ workflow_id: first.workflow_id });
  assert.equal(second.rerun_of, first.workflow_id);
  assert.deepEqual(await outputOf(engine, second.workflow_id), { said: "first" });
  const open = await engine.run([{ id: "x", action: "test.external", params: {} }], { wait_ms: 0 });
  await engine.called("x");
  const beside = await engine.opcode.rerun({ workflow_id: open.workflow_id });
  await settle();
  assert.equal(engine.open.length, 2);
  for (const call of [...engine.open]) call.resolve(1);
  await settle();
  for (const { workflow_id } of [open, beside]) {
    assert.equal((await engine.opcode.status(workflow_id)).status, "completed");
  }
});

test("the same key is the same run, and no other one's", async () => {
  const { engine, id } = await source();
  const ask = { workflow_id: id, idempotency_key: "again" };
  const first = await engine.opcode.rerun(ask);
  await settle();
  const second = await engine.opcode.rerun(ask);
  assert.deepEqual([second.workflow_id, second.replayed], [first.workflow_id, true]);
  await assert.rejects(
    engine.opcode.rerun({ ...ask, workflow_id: first.workflow_id }),
    { code: "CONFLICT", message: /that does not do the same run again$/ },
  );
  const fresh = { template_name: "w", version: "v1", agent_id: "owner", params: { text: "first" } };
  await assert.rejects(
    engine.opcode.run({ ...fresh, idempotency_key: "again" }),
    { code: "CONFLICT", message: /that does not do the same run again$/ },
  );
});

test("it goes on after a crash as any other", async () => {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([
    { id: "x", action: "test.repeatable", params: { n: "${{inputs.n}}" } },
  ], { params: { n: 7 }, wait_ms: 0 });
  (await engine.called("x")).resolve(1);
  await settle();
  const again = await engine.opcode.rerun({ workflow_id });
  await engine.called("x");
  const next = await engine.crash();
  const call = await next.called("x");
  assert.deepEqual(call.params, { n: 7 });
  call.resolve(2);
  await settle();
  const status = await next.opcode.status(again.workflow_id);
  assert.deepEqual([status.status, status.output, status.rerun_of], ["completed", 2, workflow_id]);
});

test("an unknown run is NOT_FOUND, and what retention has emptied is refused with why", async () => {
  const { engine, id } = await source();
  const { opcode } = engine;
  await assert.rejects(opcode.rerun({ workflow_id: "nobody" }), {
    code: "NOT_FOUND",
    message: 'workflow "nobody" not found',
  });
  await pass(engine, 10 * DAY);
  await opcode.run({ from_run: id, from_step: "a", agent_id: "owner" });
  const pruning = opcode.prune({ older_than: "5d" });
  for (let i = 0; i < 20; i++) await pass(engine, 1_000);
  assert.equal((await pruning).emptied_runs, 1);
  await assert.rejects(opcode.rerun({ workflow_id: id }), {
    code: "CONFLICT",
    message: /retention has removed its steps and values/,
  });
});

test("it keeps nothing of the run that it does again: its link may lead nowhere", async () => {
  const { engine, id } = await source();
  const { opcode } = engine;
  await pass(engine, 10 * DAY);
  const again = await opcode.rerun({ workflow_id: id });
  const pruning = opcode.prune({ older_than: "5d" });
  for (let i = 0; i < 20; i++) await pass(engine, 1_000);
  assert.equal((await pruning).runs, 1);
  await assert.rejects(opcode.status(id), { code: "NOT_FOUND" });
  assert.equal((await opcode.status(again.workflow_id)).rerun_of, id);
});

test("params that hold secrets are what they were, and stay hidden", async () => {
  const store = new MemoryVault();
  const vault = await Vault.read({ store, clock: new ManualClock() });
  await vault.unlock(`hex:${"ab".repeat(32)}`);
  await vault.set("TOKEN", "s3cret-value");
  const engine = await openTestEngine({ secrets: vault });
  await engine.define("child", [
    { id: "x", action: "test.external", params: { token: "${{inputs.token}}" } },
  ]);
  const call = { template_name: "child", params: { token: "${{secrets.TOKEN}}" } };
  const running = engine.run([{ id: "c", action: "workflow.run", params: call }]);
  const first = await engine.called("x");
  assert.deepEqual(first.params, { token: "s3cret-value" });
  first.resolve(1);
  const child = (await running).steps!.c!.child_workflow_id!;
  const key = { idempotency_key: "k" };
  const again = await engine.opcode.rerun({ workflow_id: child, ...key });
  const second = await engine.called("x");
  assert.deepEqual(second.params, { token: "s3cret-value" });
  second.resolve("it was s3cret-value");
  await settle();
  const replayed = await engine.opcode.rerun({ workflow_id: child, ...key });
  assert.deepEqual([replayed.workflow_id, replayed.replayed], [again.workflow_id, true]);
  const status = await engine.opcode.status(again.workflow_id);
  const { rows } = await engine.opcode.query({ resource: "workflows" });
  for (const told of [again, replayed, status, rows]) {
    assert.doesNotMatch(JSON.stringify(told), /s3cret/);
  }
  assert.equal(status.output, "it was ***");
  assert.equal(status.parent_workflow_id, undefined, "nobody's step has started it");
  const third = await engine.opcode.rerun({ workflow_id: again.workflow_id });
  assert.deepEqual((await engine.called("x")).params, { token: "s3cret-value" });
  assert.equal(third.rerun_of, again.workflow_id);
});

test("an agent does again what it sees and may decide for", async () => {
  const rights = { allow: ["test.*"], templates: ["w*"], decide: "own" as const };
  const engine = await openTestEngine({
    agents: { owner: rights, other: rights, boss: { ...rights, decide: "all" } },
  });
  await engine.define("w", [echo("a", {})]);
  await engine.define("hidden", [echo("a", {})]);
  const run = async (template_name: string, agent_id: string) =>
    (await engine.opcode.run({ template_name, agent_id })).workflow_id;
  const mine = await run("w", "owner");
  const hidden = await run("hidden", "somebody");
  const as = (agent: string) => engine.opcode.as(agent);
  assert.equal((await as("owner").rerun({ workflow_id: mine })).rerun_of, mine);
  assert.equal((await as("boss").rerun({ workflow_id: mine })).rerun_of, mine);
  await assert.rejects(as("other").rerun({ workflow_id: mine }), {
    code: "PERMISSION_DENIED",
    message: /may not do a workflow of "owner" again: its right "decide"/,
  });
  await assert.rejects(as("boss").rerun({ workflow_id: hidden }), { code: "NOT_FOUND" });
  await assert.rejects(as("boss").rerun({ workflow_id: mine, agent_id: "owner" }), {
    code: "PERMISSION_DENIED",
  });
});
