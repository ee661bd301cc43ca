// What runs do by their definition's defaults: fail, retry, ignore, fall back, end in time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpcodeError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import { openTestEngine, pass, settle } from "../../support/test-engine.ts";

const external = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  action: "test.external",
  ...more,
});
const program = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  action: "shell.exec",
  params: { command: "sh", args: ["-c", "exit 3"], ...more },
});
const failure = () => new OpcodeError("EXECUTION_ERROR", "no");
const loop = (id: string, ...body: JsonObject[]): JsonObject => ({
  id,
  type: "loop",
  config: { over: [1], body },
});

test("a program that exits with 3 fails its step, in a loop too, unless that is its own", async () => {
  const engine = await openTestEngine();
  const definition = { defaults: { fail_on_error: true } };
  for (const steps of [[program("a")], [loop("l", program("a"))]]) {
    const { status, error } = await engine.run(steps, { definition, wait_ms: 20_000 });
    assert.equal(status, "failed");
    assert.match(error!.message, /exit(ed with)? (code|status)? ?3/);
  }
  const own = [program("a", { fail_on_error: false })];
  assert.equal((await engine.run(own, { definition, wait_ms: 20_000 })).status, "completed");
});

test("what is asked of a run, a template and a diff is what the author wrote", async () => {
  const engine = await openTestEngine();
  const steps = [external("a")];
  const definition = { defaults: { retry: { max: 1 }, on_error: { strategy: "ignore" } } };
  await engine.define("w", steps);
  const request = { name: "w", agent_id: "test", definition: { steps, ...definition } };
  const { diff } = await engine.opcode.dryRun(request);
  assert.deepEqual([diff!.workflow, diff!.changed], [["defaults"], []]);
  await engine.opcode.define(request);
  const { rows } = await engine.opcode.query({ resource: "templates" });
  assert.deepEqual(rows[0]!.definition, { steps, ...definition });
});

test("a failed attempt is repeated and then ignored, by default", async () => {
  const engine = await openTestEngine();
  const defaults = { retry: { max: 1, delay: "1s" }, on_error: { strategy: "ignore" } };
  const own = external("own", { retry: { max: 0 } });
  const { workflow_id: id } = await engine.run([external("a"), own], {
    definition: { defaults },
    wait_ms: 0,
  });
  for (const step of ["a", "own"]) (await engine.called(step)).reject(failure());
  await settle();
  await pass(engine, 1_000);
  (await engine.called("a")).reject(failure());
  await settle();
  const { status, steps } = await engine.opcode.status(id);
  assert.deepEqual(engine.calls, ["a:1", "own:1", "a:2"]);
  assert.equal(status, "completed");
  assert.deepEqual([steps!.a!.status, steps!.own!.status], ["skipped", "skipped"]);
});

test("a default time limit ends a step, not the loop around it nor a hook's run", async () => {
  const engine = await openTestEngine();
  const definition = { defaults: { timeout: "5s" }, on_error: external("cry") };
  const steps = [
    loop("l", { id: "pause", type: "wait", config: { duration: "1m" } }, external("a")),
  ];
  const { workflow_id: id } = await engine.run(steps, { definition, wait_ms: 0 });
  await settle();
  await pass(engine, 60_000);
  await engine.called("l.iter_0.a");
  await pass(engine, 5_000);
  // The hook has the limit of all, not its own 30 s.
  await engine.called("cry");
  await pass(engine, 5_000);
  const { status, steps: states } = await engine.opcode.status(id);
  assert.equal(status, "failed");
  for (const step of ["l.iter_0.a", "cry"]) {
    assert.equal(states![step]!.error!.code, "TIMEOUT_ERROR");
  }
});

test("a fallback for all steps stands in for whichever fails", async () => {
  const engine = await openTestEngine();
  const definition = {
    defaults: { on_error: { strategy: "fallback_step", fallback_step: "b" } },
  };
  const { workflow_id: id } = await engine.run([external("a"), external("b")], {
    definition,
    wait_ms: 0,
  });
  (await engine.called("a")).reject(failure());
  (await engine.called("b")).resolve("plan b");
  await settle();
  const { status, output } = await engine.opcode.status(id);
  assert.deepEqual([status, output], ["completed", "plan b"]);
});

test("a child has its own defaults, and its parent's are not for it", async () => {
  const engine = await openTestEngine();
  await engine.define("child", [external("a")], { definition: { defaults: { timeout: "1m" } } });
  const defaults = { timeout: "5s", retry: { max: 3 } };
  const call = { id: "c", action: "workflow.run", params: { template_name: "child" } };
  const { workflow_id: id } = await engine.run([call, external("own")], {
    definition: { defaults },
    wait_ms: 0,
  });
  (await engine.called("own")).resolve(1);
  await engine.called("a");
  await pass(engine, 5_000);
  assert.equal(engine.open.length, 1);
  await pass(engine, 55_000);
  assert.equal((await engine.opcode.status(id)).status, "failed");
  assert.deepEqual(engine.calls.filter((call) => call.startsWith("a:")), ["a:1"]);
});

test("a fork keeps no step for which another default holds", async () => {
  const engine = await openTestEngine();
  const steps = [external("a"), external("b", { depends_on: ["a"] })];
  const { workflow_id: id } = await engine.run(steps, { wait_ms: 0 });
  (await engine.called("a")).resolve(1);
  (await engine.called("b")).resolve(1);
  await settle();
  await engine.define("w", steps, { definition: { defaults: { retry: { max: 1 } } } });
  const fork = { from_run: id, from_step: "b", agent_id: "test", version: "v2" };
  await assert.rejects(engine.opcode.run(fork), /step "a" would be kept, but it is not the same/);
});
