// What a second request with an idempotency key is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpcodeError } from "../../core/errors.ts";
import type { RunRequest } from "../../engine/api.ts";
import { Vault } from "../../engine/vault/vault.ts";
import { ManualClock } from "../support/mcp-clock.ts";
import { MemoryVault } from "../support/memory-vault.ts";
import { echo, external } from "../support/steps.ts";
import { openTestEngine, pass, type TestEngine } from "../support/test-engine.ts";

const request = { template_name: "w", agent_id: "test", idempotency_key: "k" };

async function defined(): Promise<TestEngine> {
  const engine = await openTestEngine();
  await engine.define("w", [echo("a", { n: 1 })]);
  await engine.define("w", [echo("a", { n: 2 })]);
  await engine.define("other", [echo("a", { n: 3 })]);
  return engine;
}

async function refusal(engine: TestEngine, more: Partial<RunRequest>): Promise<OpcodeError> {
  try {
    await engine.opcode.run({ ...request, ...more });
  } catch (error) {
    return error as OpcodeError;
  }
  throw new assert.AssertionError({ message: "it was answered" });
}

test("a key of another version is CONFLICT that names both", async () => {
  const engine = await defined();
  const first = await engine.opcode.run({ ...request, version: "v1" });
  for (const version of ["v2", "2"]) {
    const { code, message, details } = await refusal(engine, { version });
    assert.equal(code, "CONFLICT");
    assert.equal(
      message,
      'idempotency_key "k" was used for a run of "w" v1, and this is one of "w" v2',
    );
    assert.deepEqual(details, {
      path: "idempotency_key",
      field: "idempotency_key",
      workflow_id: first.workflow_id,
      used_for: { template_name: "w", version: "v1" },
      asked_for: { template_name: "w", version: "v2" },
    });
  }
});

test("a replay says of which version its run is, and that another is the latest by now", async () => {
  const engine = await defined();
  await engine.opcode.run(request);
  const replay = async (more: Partial<RunRequest> = {}) => {
    const { replayed, template_version, warnings } = await engine.opcode.run({
      ...request,
      ...more,
    });
    assert.equal(replayed, true);
    return [template_version, ...warnings ?? []];
  };
  assert.deepEqual(await replay(), ["v2"]);
  await engine.define("w", [echo("a", { n: 9 })]);
  const told = [
    "v2",
    'the key was used when "w" v2 was the latest; another idempotency_key starts a run of v3',
  ];
  assert.deepEqual(await replay(), told);
  assert.deepEqual(await replay({ version: "latest" }), told);
  assert.deepEqual(await replay({ version: "v2" }), ["v2"]);
});

test("a key of another template is CONFLICT that names both", async () => {
  const engine = await defined();
  await engine.opcode.run(request);
  const { code, message } = await refusal(engine, { template_name: "other" });
  assert.deepEqual([code, message], [
    "CONFLICT",
    'idempotency_key "k" was used for a run of "w" v2, and this is one of "other" v1',
  ]);
  const params = await refusal(engine, { params: { x: 1 } });
  assert.deepEqual([params.code, params.message], [
    "CONFLICT",
    'idempotency_key "k" was used for a run of "w" v2 with other params',
  ]);
});

test("a fork's key names the version it goes on in", async () => {
  const engine = await defined();
  const { workflow_id: from_run } = await engine.opcode.run({
    template_name: "w",
    agent_id: "test",
    version: "v1",
  });
  const fork = { agent_id: "test", idempotency_key: "f", from_run, from_step: "a" };
  const first = await engine.opcode.run(fork);
  const again = await engine.opcode.run(fork);
  assert.deepEqual([again.workflow_id, again.replayed], [first.workflow_id, true]);
  await assert.rejects(engine.opcode.run({ ...fork, version: "v2" }), {
    code: "CONFLICT",
    message: 'idempotency_key "f" was used for a run of "w" v1, and this is one of "w" v2',
  });
  await assert.rejects(engine.opcode.run({ ...request, idempotency_key: "f" }), {
    code: "CONFLICT",
    message: 'idempotency_key "f" was used for a run of "w" v1 that began elsewhere',
  });
});

test("a replay says so, whether the first run has ended, goes on, or has just begun", async () => {
  const engine = await defined();
  const first = await engine.opcode.run(request);
  assert.equal(first.replayed, undefined);
  const again = { replayed: true, template_version: "v2" };
  assert.deepEqual(await engine.opcode.run(request), { ...first, ...again });
  await engine.define("slow", [external("x")]);
  const slow = { ...request, template_name: "slow", idempotency_key: "s" };
  const [one, two] = await Promise.all([
    engine.opcode.run({ ...slow, wait_ms: 0 }),
    engine.opcode.run({ ...slow, wait_ms: 0 }),
  ]);
  assert.deepEqual([one.workflow_id, one.replayed, two.replayed], [
    two.workflow_id,
    undefined,
    true,
  ]);
  const waiting = engine.opcode.run(slow);
  (await engine.called("x")).resolve(1);
  const end = await waiting;
  assert.deepEqual([end.status, end.replayed], ["completed", true]);
});

test("a request that names no version is the same request after its template has another one", async () => {
  const engine = await defined();
  const first = await engine.opcode.run(request);
  await engine.define("w", [echo("a", { n: 4 })]);
  for (const version of [undefined, "", "latest"]) {
    const again = await engine.opcode.run({
      ...request,
      ...(version !== undefined && { version }),
    });
    assert.deepEqual([again.workflow_id, again.replayed], [first.workflow_id, true]);
    assert.deepEqual(again.output, { n: 2 });
  }
});

/** A run that its parent has given a secret, and that has ended. */
async function givenSecret(): Promise<{ engine: TestEngine; child: string }> {
  const vault = await Vault.read({ store: new MemoryVault(), clock: new ManualClock() });
  await vault.unlock(`hex:${"ab".repeat(32)}`);
  await vault.set("TOKEN", "s3cret-value");
  const engine = await openTestEngine({ secrets: vault });
  await engine.define("child", [external("x"), echo("y", {})]);
  const running = engine.run([{
    id: "c",
    action: "workflow.run",
    params: { template_name: "child", params: { token: "${{secrets.TOKEN}}", n: 1 } },
  }]);
  (await engine.called("x")).resolve(1);
  return { engine, child: (await running).steps!.c!.child_workflow_id! };
}

for (const params of [undefined, {}, { n: 2 }, { n: 2, token: "s3cret-value" }]) {
  test(`a fork whose params hold a secret is the same again, given ${JSON.stringify(params)}`, async () => {
    const { engine, child } = await givenSecret();
    const ask = { agent_id: "test", from_run: child, from_step: "y", idempotency_key: "k" };
    const fork = () => engine.opcode.run({ ...ask, ...(params && { params }) });
    const first = await fork();
    const record = (await engine.store.readRun(first.workflow_id, { events: 0 }))!;
    assert.match(record.run.params, /"\*\*\*"/, "its row shows none");
    const again = await fork();
    assert.deepEqual([again.workflow_id, again.replayed], [first.workflow_id, true]);
    const { opcode } = await engine.crash();
    const later = await opcode.run({ ...ask, ...(params && { params }) });
    assert.deepEqual([later.workflow_id, later.replayed], [first.workflow_id, true]);
  });
}

test("a fork with another secret, or the mask of one, is another request", async () => {
  const { engine, child } = await givenSecret();
  const ask = { agent_id: "test", from_run: child, from_step: "y", idempotency_key: "k" };
  await engine.opcode.run(ask);
  for (const token of ["another", "***"]) {
    await assert.rejects(engine.opcode.run({ ...ask, params: { token } }), {
      code: "CONFLICT",
      message: /with other params$/,
    });
  }
});

test("integers that no double holds, and what JSON writes otherwise, are the same params again", async () => {
  const engine = await defined();
  const params = { n: 9007199254740993n, zero: -0, text: "\ud83d\ude00", list: [1e21, null] };
  const first = await engine.opcode.run({ ...request, params });
  const again = await engine.opcode.run({ ...request, params });
  assert.deepEqual([again.workflow_id, again.replayed], [first.workflow_id, true]);
  const other = await refusal(engine, { params: { ...params, n: 9007199254740992n } });
  assert.match(other.message, /with other params$/);
});

test("the same request is the same one after a version that would refuse it", async () => {
  const engine = await defined();
  const params = { n: 1 };
  const first = await engine.opcode.run({ ...request, params });
  await engine.define("w", [echo("a", { n: 5 })], {
    template: { input_schema: { properties: { n: { type: "string" } }, required: ["n", "more"] } },
  });
  const again = await engine.opcode.run({ ...request, params });
  assert.deepEqual([again.workflow_id, again.replayed], [first.workflow_id, true]);
  await assert.rejects(engine.opcode.run({ ...request, params, idempotency_key: "new" }), {
    code: "VALIDATION_ERROR",
  });
});

test("a fork, or a run that is done again, is known after retention has emptied its source", async () => {
  const engine = await defined();
  const { workflow_id: source } = await engine.opcode.run({ ...request, params: { n: 1 } });
  await pass(engine, 10 * 86_400_000);
  const fork = {
    ...{ agent_id: "test", from_run: source, from_step: "a", idempotency_key: "f" },
    params: { m: 2 },
  };
  const again = { workflow_id: source, idempotency_key: "r" };
  const forked = await engine.opcode.run(fork);
  const rerun = await engine.opcode.rerun(again);
  const pruning = engine.opcode.prune({ older_than: "5d" });
  for (let i = 0; i < 20; i++) await pass(engine, 1_000);
  assert.equal((await pruning).emptied_runs, 1);
  assert.equal((await engine.opcode.run(fork)).workflow_id, forked.workflow_id);
  assert.equal((await engine.opcode.rerun(again)).workflow_id, rerun.workflow_id);
  await assert.rejects(engine.opcode.run({ ...fork, params: { m: 3 } }), {
    code: "CONFLICT",
    message: /with other params$/,
  });
  await assert.rejects(engine.opcode.run({ ...fork, idempotency_key: "new" }), {
    code: "CONFLICT",
    message: /retention has removed/,
  });
});
