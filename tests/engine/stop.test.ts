// What a stop is for those who wait: an end in time whatever the store does, and the truth about what is stored.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import {
  eventsOf,
  openTestEngine,
  payloadsOf,
  settle,
  type TestEngine,
  until,
} from "../support/test-engine.ts";

const ECHO = [{ id: "a", action: "test.echo" }];
const RUN = { template_name: "w", agent_id: "test" };

/** Stops while time passes as it likes; returns how many ms of it the stop took. */
async function stopIn(engine: TestEngine): Promise<number> {
  const began = engine.clock.now();
  let stopped = false;
  const stopping = engine.opcode.stop().then(() => stopped = true);
  await until(async () => {
    await settle();
    if (!stopped) engine.clock.advance(100);
    return stopped;
  }, "the stop");
  await stopping;
  return engine.clock.now() - began;
}

test("a store that takes nothing any more keeps no stop beyond ten seconds", async () => {
  const engine = await openTestEngine();
  await engine.define("w", ECHO);
  engine.store.options.fail = () => true;
  const running = engine.opcode.run({ ...RUN, wait_ms: 60_000 }).catch((error) => error);
  const defining = engine.opcode.define({
    name: "other",
    agent_id: "test",
    definition: { steps: ECHO },
  }).catch((error) => error);
  await until(() => !engine.opcode.healthy(), "the failure");
  assert.ok(await stopIn(engine) <= 9_000);
  for (const error of [await running, await defining] as OpcodeError[]) {
    assert.equal(error.code, "BUSY");
    assert.deepEqual(error.details, { retry_after_ms: 1_000, maybe_stored: true });
  }
});

test("a store that never answers keeps it no longer either", async () => {
  const engine = await openTestEngine();
  await engine.define("w", ECHO);
  engine.store.options.hold = true;
  const running = engine.opcode.run({ ...RUN, wait_ms: 60_000 }).catch((error) => error);
  const second = engine.opcode.run({ ...RUN, wait_ms: 60_000 }).catch((error) => error);
  await until(() => engine.store.held > 0, "the commit");
  const stopping = stopIn(engine);
  assert.ok(await stopping <= 9_000);
  for (const error of [await running, await second] as OpcodeError[]) {
    assert.deepEqual([error.code, error.details!.maybe_stored], ["BUSY", true]);
  }
});

test("who waits for a run that is stored is told that it goes on", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [{ id: "a", type: "wait", config: { duration: "20s" } }]);
  const running = engine.opcode.run({ ...RUN, wait_ms: 600_000 });
  await settle();
  await stopIn(engine);
  const { status, waiting, workflow_id } = await running;
  assert.deepEqual([status, waiting], ["active", true]);
  assert.equal(typeof workflow_id, "string");
});

test("whoever comes after it began is BUSY, whatever is asked", async () => {
  const engine = await openTestEngine();
  await engine.define("w", ECHO);
  const { workflow_id } = await engine.opcode.run(RUN);
  await stopIn(engine);
  const { opcode } = engine;
  const calls = [
    () => opcode.run(RUN),
    () => opcode.run({ ...RUN, idempotency_key: "k" }),
    () => opcode.define({ name: "w", agent_id: "test", definition: { steps: ECHO } }),
    () => opcode.signal({ workflow_id, signal_type: "cancel", payload: {} }),
    () => opcode.status(workflow_id),
    () => opcode.query({ resource: "workflows" }),
    () => opcode.agents(),
    () => opcode.diagram({ workflow_id }),
  ];
  for (const call of calls) {
    await assert.rejects(async () => await call(), (error: OpcodeError) => error.code === "BUSY");
  }
});

test("a fault of the store's files ends the retries: calls say what it is, and a stop is quick", async () => {
  const engine = await openTestEngine();
  await engine.define("w", ECHO);
  const { options } = engine.store;
  options.fail = () => true;
  options.fault = "the file system fails: check the disk";
  const error = await engine.opcode.run(RUN).catch((thrown) => thrown as OpcodeError);
  const fault = { code: "STORE_ERROR", message: options.fault };
  await assert.rejects(Promise.reject(error), fault);
  assert.equal(engine.opcode.fault(), options.fault);
  assert.equal(engine.opcode.healthy(), false);
  await assert.rejects(engine.opcode.run(RUN), fault);
  assert.equal(await stopIn(engine), 0);
});

test("a run that may still be stored says so, and its key finds it", async () => {
  const engine = await openTestEngine();
  await engine.define("w", ECHO);
  engine.store.options.hold = true;
  const request = { ...RUN, wait_ms: 0, idempotency_key: "k" };
  const running = engine.opcode.run(request);
  await settle();
  engine.clock.advance(10_000);
  await assert.rejects(running, (error: OpcodeError) => {
    assert.deepEqual(error.details, { retry_after_ms: 1_000, maybe_stored: true });
    return error.code === "BUSY" && /only with the same idempotency_key/.test(error.message);
  });
  engine.store.options.hold = false;
  while (engine.store.step());
  await settle();
  const again = await engine.opcode.run(request);
  const { rows } = await engine.opcode.query({ resource: "workflows" });
  assert.deepEqual(rows.map(({ id }) => id), [again.workflow_id]);
});

test("a refusal without maybe_stored means that nothing was stored", async () => {
  const engine = await openTestEngine();
  await engine.define("w", ECHO);
  engine.store.options.fail = () => true;
  const running = engine.opcode.run({ ...RUN, wait_ms: 0 }).catch(() => {});
  await until(() => !engine.opcode.healthy(), "the failure");
  await assert.rejects(engine.opcode.run({ ...RUN, wait_ms: 0 }), (error: OpcodeError) => {
    assert.deepEqual(error.details, { retry_after_ms: 1_000 });
    return error.code === "BUSY";
  });
  await stopIn(engine);
  await running;
});

test("the reason of an interruption is that of its own run", async () => {
  let engine = await openTestEngine();
  const external = [{ id: "a", action: "test.external" }];
  const lost = await engine.run(external, { wait_ms: 0 });
  await engine.called("a");
  engine.store.options.refuse = () => true;
  (await engine.called("a")).resolve(1);
  await settle();
  engine.store.options.refuse = undefined;
  engine.clock.advance(60_000);
  await settle();
  const reasons = async (id: string) =>
    (await payloadsOf(engine, id, "workflow_interrupted")).map(({ reason }: JsonObject) => reason);
  assert.deepEqual(await reasons(lost.workflow_id), ["store_error"]);

  const other = await engine.run(external, { wait_ms: 0 });
  await engine.called("a");
  engine = await engine.crash();
  await settle();
  assert.deepEqual(await reasons(other.workflow_id), ["process_restart"]);
  assert.ok((await eventsOf(engine, other.workflow_id)).includes("workflow_suspended"));
});

test("a signal that is stored is accepted, also when a later turn of its run is lost as all stops", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [
    { id: "a", action: "test.fail" },
    { id: "b", action: "test.external", depends_on: ["a"] },
  ]);
  const { workflow_id } = await engine.opcode.run({ ...RUN, wait_ms: 1_000 });
  const skip = { workflow_id, signal_type: "skip", step_id: "a" } as const;
  const skipping = engine.opcode.signal({ ...skip, wait_ms: 600_000 });
  const call = await engine.called("b");
  const { options } = engine.store;
  options.refuse = () => true;
  call.resolve(null);
  const stopped = stopIn(engine);
  const reply = await skipping;
  options.refuse = undefined;
  assert.deepEqual([reply.ok, reply.skipped], [true, "a"]);
  await stopped;
});
