// What is told of a step that somebody skips, and what those that read it make of that.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { external, loop } from "../../support/steps.ts";
import { openTestEngine, statuses, until } from "../../support/test-engine.ts";

const fail = (id: string) => ({ id, action: "test.fail" });
const echo = (id: string, params: JsonObject, more: JsonObject = {}) => ({
  id,
  action: "test.echo",
  params,
  depends_on: ["a"],
  ...more,
});

/** Skips the failed step `a` of a run of these steps. */
async function skipped(steps: JsonObject[]) {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([fail("a"), ...steps]);
  const reply = await engine.opcode.signal({ workflow_id, signal_type: "skip", step_id: "a" });
  return { engine, workflow_id, reply };
}

const IN_TEXT: Record<string, JsonObject> = {
  "a text": { url: "https://x.test/${{steps.a.output.id}}" },
  "a text of two tokens": { t: "${{steps.a.output}}${{steps.a.output}}" },
  "a list inside": { args: ["-c", "rm -r /tmp/${{ steps.a.id }}"] },
  "a text by an expression": { t: "id ${{(steps.a.output)}}" },
  "a text by an expression with blanks": { t: "id ${{true ? steps. a .output : 1}}" },
  "the name of a member": { "x-${{steps.a.output}}": 1 },
};

for (const [where, params] of Object.entries(IN_TEXT)) {
  test(`the output of a skipped step never stands as "null" in ${where}`, async () => {
    const { reply } = await skipped([echo("b", params)]);
    assert.equal(reply.status, "failed");
    assert.deepEqual([reply.ok, reply.skipped, reply.read_by], [true, "a", ["b"]]);
    const { error } = reply.steps!.b!;
    assert.equal(error!.code, "INTERPOLATION_ERROR");
    assert.match(error!.message, /step "a" was skipped by a signal: it has no output/);
    assert.equal(error!.details!.retryable, false);
  });
}

test("a text may hold the null of who has asked first", async () => {
  const t = "id ${{steps.a.output == null ? null : steps.a.output}}";
  const { reply } = await skipped([echo("b", { t })]);
  assert.deepEqual([reply.status, reply.output], ["completed", { t: "id null" }]);
});

test("it says with which step a new run does the skipped one again, also inside a loop", async () => {
  const engine = await openTestEngine();
  const body = [fail("in"), { id: "b", action: "test.echo", params: { t: "x ${{steps.in.id}}" } }];
  const { workflow_id } = await engine.run([loop("each", { over: [1] }, body)]);
  const signal = { workflow_id, signal_type: "skip", step_id: "each.iter_0.in" } as const;
  const { error } = (await engine.opcode.signal(signal)).steps!["each.iter_0.b"]!;
  const [, from_step] = /do "in" in a new run \(from_run, from_step "(\w+)"\)/.exec(
    error!.message,
  )!;
  const again = await engine.opcode.run({
    from_run: workflow_id,
    from_step: from_step!,
    agent_id: "a",
    wait_ms: 5_000,
  });
  assert.equal(again.steps!["each.iter_0.in"]!.status, "failed");
});

test("nor after a restart", async () => {
  const first = await openTestEngine();
  const { workflow_id } = await first.run([
    fail("a"),
    { id: "gate", type: "wait", config: { signal: "go" }, depends_on: ["a"] },
    echo("b", { t: "id ${{steps.a.output.id}}" }, { depends_on: ["gate"] }),
  ]);
  await first.opcode.signal({ workflow_id, signal_type: "skip", step_id: "a" });
  const engine = await first.crash();
  const payload = { signal: "go" };
  const reply = await engine.opcode.signal({ workflow_id, signal_type: "data", payload });
  assert.equal(reply.status, "failed");
  assert.match(reply.steps!.b!.error!.message, /was skipped by a signal/);
});

test("what asks first, or takes the null as it is, goes on", async () => {
  const { reply } = await skipped([
    echo("whole", { v: "${{steps.a.output.id}}" }),
    echo("status", { v: "it is ${{steps.a.status}}" }),
    echo("asks", { v: "id ${{steps.a.output == null ? '-' : steps.a.output.id}}" }),
  ]);
  assert.equal(reply.status, "completed");
  assert.deepEqual(reply.output, {
    whole: { v: null },
    status: { v: "it is skipped" },
    asks: { v: "id -" },
  });
  assert.deepEqual(reply.read_by, ["whole"]);
});

test("a step that its own condition skips is null in a text, as it was written", async () => {
  const { run } = await openTestEngine();
  const { status, output } = await run([
    { id: "a", action: "test.echo", condition: "false" },
    echo("b", { t: "x ${{steps.a.output}}" }),
  ]);
  assert.deepEqual([status, output], ["completed", { t: "x null" }]);
});

test("read_by has every kind of reader, once, and none that is over or means another step", async () => {
  const each = loop("each", { over: "${{steps.a.output.list}}" }, [
    { id: "in", action: "test.echo", params: { x: "${{steps.a.output}}" } },
    { id: "own", action: "test.echo", params: { y: "${{steps.in.output}}" } },
  ]);
  const { reply } = await skipped([
    { ...each, depends_on: ["a"] },
    echo("guard", {}, { condition: "steps.a.output.n > 1" }),
    echo("both", { p: "${{steps.a.output.n}}", q: ["${{steps.a.output.m}}"] }),
    { id: "cel", action: "expr.eval", params: { expression: "steps.a.output" }, depends_on: ["a"] },
    {
      id: "ask",
      type: "reasoning",
      depends_on: ["a"],
      config: { prompt_context: "ok?", data_inject: { d: "steps.a.output" } },
    },
    echo("text", { t: "steps.a.output" }),
    { id: "over", action: "test.echo", params: {} },
  ]);
  assert.deepEqual(reply.read_by, ["each", "each.iter_*.in", "guard", "both", "cel", "ask"]);
});

test("a skip names nobody when nobody reads", async () => {
  const { reply } = await skipped([echo("b", {})]);
  assert.deepEqual([reply.status, reply.skipped, reply.read_by], ["completed", "a", undefined]);
});

/** A run of three steps that were under way together and have all failed. */
async function failedThrice() {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run(["a", "b", "c"].map((id) => external(id)), {
    wait_ms: 0,
  });
  for (const id of ["a", "b", "c"]) (await engine.called(id)).reject(new Error("no"));
  const hasFailed = async () => (await engine.opcode.status(workflow_id)).status === "failed";
  await until(hasFailed, "the run's end");
  return { engine, workflow_id };
}

test("a skip says what else has failed, of which the run fails again", async () => {
  const { engine, workflow_id } = await failedThrice();
  const skip = (step_id: string) =>
    engine.opcode.signal({ workflow_id, signal_type: "skip", step_id });
  const first = await skip("a");
  assert.deepEqual([first.ok, first.status, first.skipped], [true, "failed", "a"]);
  assert.deepEqual(first.still_failed, ["b", "c"]);
  assert.deepEqual((await skip("b")).still_failed, ["c"]);
  const last = await skip("c");
  assert.deepEqual([last.status, last.still_failed], ["completed", undefined]);
  const state = await engine.opcode.status(workflow_id);
  assert.deepEqual(statuses(state), { a: "skipped", b: "skipped", c: "skipped" });
});

test("a retry says so too", async () => {
  const { engine, workflow_id } = await failedThrice();
  const signal = { workflow_id, signal_type: "retry", step_id: "a" } as const;
  const answered = engine.opcode.signal(signal);
  (await engine.called("a")).resolve({ n: 1 });
  const reply = await answered;
  assert.deepEqual([reply.status, reply.rerun, reply.still_failed], ["failed", ["a"], ["b", "c"]]);
});

test("a failed step that its fallback has stood in for can be skipped, and wants none of them then", async () => {
  const engine = await openTestEngine();
  const to = (fallback_step: string) => ({
    on_error: { strategy: "fallback_step", fallback_step },
  });
  const { workflow_id } = await engine.run([
    { ...fail("a"), ...to("f1") },
    { ...fail("f1"), ...to("f2") },
    echo("f2", {}, { depends_on: [] }),
    { ...fail("b"), depends_on: ["a"] },
    echo("c", {}),
  ]);
  const skip = (step_id: string) =>
    engine.opcode.signal({ workflow_id, signal_type: "skip", step_id, wait_ms: 1_000 });
  assert.equal((await skip("a")).status, "failed");
  const reply = await skip("b");
  assert.equal(reply.status, "completed");
  assert.deepEqual(statuses(reply), {
    ...{ a: "skipped", f1: "failed", f2: "completed", b: "skipped", c: "completed" },
  });
});
