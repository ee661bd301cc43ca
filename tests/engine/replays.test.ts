// What a second request with an idempotency key is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpcodeError } from "../../core/errors.ts";
import type { RunRequest } from "../../engine/api.ts";
import { echo, external } from "../support/steps.ts";
import { openTestEngine, type TestEngine } from "../support/test-engine.ts";

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
  assert.deepEqual(await engine.opcode.run(request), { ...first, replayed: true });
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
