// Which fallbacks a run goes on with after a signal: of a step that is skipped none, of others those that they wait for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpcodeError } from "../../../core/errors.ts";
import { external, fallback, loop } from "../../support/steps.ts";
import {
  openTestEngine,
  pass,
  settle,
  statuses,
  type TestEngine,
} from "../../support/test-engine.ts";

const no = () => new OpcodeError("VALIDATION_ERROR", "no");

/** Fails the calls that are open, the first of each step. */
async function fail(engine: TestEngine, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    const at = engine.open.findIndex(({ stepId }) => stepId === id);
    assert.ok(at >= 0, `${id} is open, not ${engine.open.map(({ stepId }) => stepId)}`);
    engine.open[at]!.reject(no());
  }
  await settle();
}

const signal = (engine: TestEngine, workflow_id: string, signal_type: string, step_id: string) =>
  engine.opcode.signal({ workflow_id, signal_type, step_id, agent_id: "a", wait_ms: 0 } as never);

test("a step is skipped whose fallback the run's deadline has kept from beginning", async () => {
  let engine = await openTestEngine();
  // The other one may still call it, so that it is not dropped at once.
  const { workflow_id } = await engine.run([
    external("a", fallback("f")),
    external("b", { ...fallback("f"), depends_on: ["a"] }),
    external("f"),
  ], { definition: { timeout: "1s" }, wait_ms: 0 });
  await settle();
  // Both are in one turn.
  engine.open[0]!.reject(no());
  await pass(engine, 1_000);
  const failed = await engine.opcode.status(workflow_id);
  assert.deepEqual([failed.status, failed.error!.code], ["failed", "TIMEOUT_ERROR"]);
  assert.deepEqual(statuses(failed), { a: "failed", b: "pending", f: "pending" });
  engine = await engine.crash();
  await signal(engine, workflow_id, "skip", "a");
  await settle();
  assert.deepEqual(engine.calls, ["b:1"]);
  (await engine.called("b")).resolve(null);
  await settle();
  const reply = await engine.opcode.status(workflow_id);
  assert.deepEqual(statuses(reply), { a: "skipped", b: "completed", f: "skipped" });
  assert.equal(reply.status, "completed");
});

test("a fallback that a signal puts back is waited for by all who have called it", async () => {
  let engine = await openTestEngine();
  const { workflow_id } = await engine.run([
    loop("l", { over: [0, 1, 2], concurrency: 3 }, [external("x", fallback("f"))], fallback("f")),
    external("f"),
  ], { wait_ms: 0 });
  await settle();
  for (const id of ["l.iter_2.x", "f", "l.iter_0.x"]) await fail(engine, id);
  engine = await engine.crash();
  await settle();
  await signal(engine, workflow_id, "retry", "l.iter_1.x");
  await settle();
  await fail(engine, "l.iter_1.x");
  const failed = await engine.opcode.status(workflow_id);
  assert.deepEqual([failed.status, failed.steps.l!.status], ["failed", "failed"]);
  await signal(engine, workflow_id, "skip", "l.iter_1.x");
  await settle();
  assert.deepEqual(statuses(await engine.opcode.status(workflow_id)), {
    l: "suspended",
    "l.iter_0.x": "failed",
    "l.iter_1.x": "skipped",
    "l.iter_2.x": "failed",
    f: "running",
  });
  (await engine.called("f")).resolve({ is: "f" });
  await settle();
  const reply = await engine.opcode.status(workflow_id);
  assert.equal(reply.status, "completed", JSON.stringify(reply.error));
  assert.equal(reply.steps.l!.status, "completed");
});

test("what is put back inside of a step may call a fallback further out again that has failed", async () => {
  let engine = await openTestEngine();
  const inner = loop("p", { over: [0] }, [external("x", fallback("f"))], fallback("g"));
  const { workflow_id } = await engine.run([
    loop("l", { over: [0] }, [inner, external("g"), external("f")]),
  ], { definition: { timeout: "1s" }, wait_ms: 0 });
  await settle();
  await fail(engine, "l.iter_0.p.iter_0.x");
  await pass(engine, 1_000);
  const failed = await engine.opcode.status(workflow_id);
  assert.deepEqual([failed.status, failed.steps["l.iter_0.f"]!.status], ["failed", "failed"]);
  engine = await engine.crash();
  await signal(engine, workflow_id, "retry", "l.iter_0.p");
  await settle();
  await fail(engine, "l.iter_0.p.iter_0.x");
  (await engine.called("l.iter_0.f")).resolve({ is: "f" });
  await settle();
  const reply = await engine.opcode.status(workflow_id);
  assert.equal(reply.status, "completed", JSON.stringify(reply));
  assert.deepEqual(statuses(reply), {
    l: "completed",
    "l.iter_0.p": "completed",
    "l.iter_0.p.iter_0.x": "failed",
    "l.iter_0.f": "completed",
    "l.iter_0.g": "skipped",
  });
});

for (const restarted of [false, true]) {
  const when = restarted ? "over restarts" : "in one go";
  test(`what was put back beside a fallback that has failed fails with it, ${when}`, async () => {
    let engine = await openTestEngine();
    const inner = {
      id: "p",
      type: "parallel",
      config: {
        branches: [[external("x", fallback("f"))], [{
          id: "w",
          type: "wait",
          config: { signal: "go" },
        }]],
      },
    };
    const outer = { branches: [[inner, external("f")], [external("other")]] };
    const { workflow_id } = await engine.run([{ id: "o", type: "parallel", config: outer }], {
      definition: { timeout: "1s" },
      wait_ms: 0,
    });
    await settle();
    await fail(engine, "o.branch_0.p.branch_0.x");
    await pass(engine, 1_000);
    assert.equal((await engine.opcode.status(workflow_id)).status, "failed");
    if (restarted) engine = await engine.crash();
    await signal(engine, workflow_id, "retry", "o.branch_0.p.branch_1.w");
    await settle();
    if (restarted) engine = await engine.crash();
    await engine.opcode.signal({
      workflow_id,
      signal_type: "data",
      payload: { name: "go" },
      wait_ms: 0,
    });
    await settle();
    const reply = await engine.opcode.status(workflow_id);
    assert.deepEqual([reply.status, reply.steps.o!.status], ["failed", "failed"]);
  });
}

test("a fallback that another stands in for is not put back with who else may call it", async () => {
  const engine = await openTestEngine();
  const stops = { on_error: { strategy: "fail_workflow" } };
  const { workflow_id } = await engine.run([
    loop("l", { over: [0] }, [external("x", fallback("f")), external("y", stops)], fallback("f")),
    external("f", fallback("g")),
    external("g"),
  ], { wait_ms: 0 });
  await settle();
  await fail(engine, "l.iter_0.x");
  await fail(engine, "f");
  (await engine.called("g")).resolve(null);
  await settle();
  await fail(engine, "l.iter_0.y");
  assert.equal((await engine.opcode.status(workflow_id)).status, "failed");
  const before = engine.calls.length;
  await signal(engine, workflow_id, "retry", "l");
  await settle();
  assert.equal((await engine.opcode.status(workflow_id)).steps.f!.status, "failed");
  (await engine.called("l.iter_0.y")).resolve(null);
  await settle();
  const reply = await engine.opcode.status(workflow_id);
  assert.equal(reply.status, "completed", JSON.stringify(reply.error));
  assert.deepEqual(engine.calls.slice(before), ["l.iter_0.y:2"]);
});
