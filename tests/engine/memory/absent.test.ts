// Whether outputs that had to leave memory, or were not loaded, come back for whoever reads them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Evaluate, ExpressionRequest } from "../../../core/expression.ts";
import type { JsonObject } from "../../../core/json.ts";
import { evaluateHere } from "../../../embed/worker/engines.ts";
import { NO_OUTPUTS } from "../../../engine/store/store.ts";
import { condition, echo, external, loop, parallel } from "../../support/steps.ts";
import { assertFoldMatchesRows } from "../../support/fold-check.ts";
import { createMemoryStore } from "../../support/memory-store.ts";
import { openTestEngine, settle, type TestEngine, until } from "../../support/test-engine.ts";

const MIB = 1024 * 1024;

/** A store that tells how often outputs were read from it. */
function countingReads() {
  const store = createMemoryStore();
  const { runTexts } = store;
  let asked = 0;
  store.runTexts = (...args) => {
    asked++;
    return runTexts.apply(store, args);
  };
  return { store, asked: () => asked };
}

/** Larger than what is loaded with a run. */
const LARGE = { text: "x".repeat(100_000), n: 7 };

test("a run whose outputs together exceed its budget goes on: they leave memory and are read again", async () => {
  const engine = await openTestEngine({ limits: { runBytes: 2 * MIB } });
  const text = "x".repeat(MIB / 2);
  const steps = Array.from(
    { length: 12 },
    (_, n) => external(`s${n}`, n > 0 ? { depends_on: [`s${n - 1}`] } : {}),
  );
  const last = echo("last", { first: "${{steps.s0.output.n}}", at: "${{steps.s11.output.n}}" }, {
    depends_on: ["s11"],
  });
  const ended = engine.run([...steps, last], { wait_ms: 60_000 });
  for (let n = 0; n < 12; n++) (await engine.called(`s${n}`)).resolve({ text, n });
  const { status, output, error } = await ended;
  assert.equal(status, "completed", JSON.stringify(error));
  assert.deepEqual(output, { first: 0, at: 11 });
});

test("a run whose last outputs are together larger than its budget fails and says so", async () => {
  const engine = await openTestEngine({ limits: { runBytes: 2 * MIB } });
  const sinks = Array.from({ length: 6 }, (_, n) => external(`s${n}`));
  const ended = engine.run(sinks, { wait_ms: 60_000 });
  for (let n = 0; n < 6; n++) {
    (await engine.called(`s${n}`)).resolve("x".repeat(MIB / 2));
    await settle();
  }
  const { status, error } = await ended;
  assert.equal(status, "failed");
  assert.equal(error?.code, "BUDGET_EXCEEDED");
  assert.match(error!.message, /^the run's output, that of its last steps together, has \d+ char/);
});

test("outputs that a step needs together and do not fit fail it by the budget", async () => {
  const engine = await openTestEngine({ limits: { runBytes: 2 * MIB } });
  const parts = Array.from(
    { length: 6 },
    (_, n) => external(`s${n}`, n > 0 ? { depends_on: [`s${n - 1}`] } : {}),
  );
  const all = Array.from({ length: 6 }, (_, n) => `\${{steps.s${n}.output}}`);
  const ended = engine.run([...parts, echo("all", { all }, { depends_on: ["s5"] })]);
  for (let n = 0; n < 6; n++) (await engine.called(`s${n}`)).resolve("x".repeat(MIB / 2));
  const { error } = await ended;
  assert.deepEqual([error?.code, error?.step_id], ["BUDGET_EXCEEDED", "all"]);
});

/** Runs the steps up to `gate`, restarts there without the large outputs, and goes on to the end. */
async function restarted(steps: JsonObject[], large: string[], gateId = "gate") {
  const engine = await openTestEngine();
  const { workflow_id: id } = await engine.run(steps, { wait_ms: 0 });
  for (const step of large) (await engine.called(step)).resolve(LARGE);
  await engine.called(gateId);
  await settle();
  const next = await engine.crash();
  (await next.called(gateId)).resolve({ ok: true });
  await until(async () => (await next.opcode.status(id)).status !== "active", "its end");
  await assertFoldMatchesRows(next.store, id);
  return { next, status: await next.opcode.status(id) };
}

const gate = (after: string) => ({ id: "gate", action: "test.repeatable", depends_on: [after] });
const outputOf = async ({ next, status }: Awaited<ReturnType<typeof restarted>>, id: string) => {
  const record = await (next as TestEngine).store.readRun(status.workflow_id, { events: 0 });
  return JSON.parse(record!.steps.find(({ stepId }) => stepId === id)!.output!);
};

test("after a restart params, guards, conditions and expressions read what was not loaded", async () => {
  const after = { depends_on: ["gate"] };
  const ended = await restarted([
    external("a"),
    gate("a"),
    echo("path", { n: "${{steps.a.output.n}}" }, after),
    echo("cel", { n: "${{ steps.a.output.n + 1 }}" }, after),
    echo("guarded", { ok: true }, { ...after, condition: "steps.a.output.n == 7" }),
    echo("absorbed", { ok: true }, { ...after, condition: "steps.a.output.n == 7 || true" }),
    condition("c", "steps.a.output.n", { branches: { "7": [echo("seven")] } }, after),
    { id: "expr", action: "expr.eval", params: { expression: "steps.a.n * 2" }, ...after },
    { id: "jq", action: "jq.transform", params: { filter: ".steps.a.n" }, ...after },
  ], ["a"]);
  assert.equal(ended.status.status, "completed", JSON.stringify(ended.status.error));
  assert.equal((await outputOf(ended, "path")).n, 7);
  assert.equal((await outputOf(ended, "cel")).n, 8);
  assert.deepEqual(await outputOf(ended, "guarded"), { ok: true });
  assert.deepEqual(await outputOf(ended, "absorbed"), { ok: true });
  assert.equal((await outputOf(ended, "c")).branch, "7");
  assert.deepEqual(await outputOf(ended, "expr"), { result: 14 });
  assert.deepEqual(await outputOf(ended, "jq"), { result: 7 });
});

test("what flow steps and the run come to is made of outputs that were not loaded", async () => {
  const wait = { id: "gate", action: "test.repeatable" };
  const steps = [parallel("p", [[external("x")], [wait]])];
  const ended = await restarted(steps, ["p.branch_0.x"], "p.branch_1.gate");
  assert.equal(ended.status.status, "completed", JSON.stringify(ended.status.error));
  const { branches } = await outputOf(ended, "p");
  assert.deepEqual(branches, [LARGE, { ok: true }]);
  assert.deepEqual(ended.status.output, { mode: "all", branches: [LARGE, { ok: true }] });
});

test("a loop's results and a condition's value are, too", async () => {
  const wait = { id: "gate", action: "test.repeatable", condition: "iter.index == 1" };
  const steps = [
    loop("l", { over: [1, 2] }, [external("x", { condition: "iter.index == 0" }), wait]),
  ];
  const ended = await restarted(steps, ["l.iter_0.x"], "l.iter_1.gate");
  assert.deepEqual(await outputOf(ended, "l"), { iterations: 2, results: [LARGE, { ok: true }] });
  const inside = { id: "gate", action: "test.repeatable", on_error: { strategy: "ignore" } };
  const other = await restarted(
    [condition("c", "1", { branches: { "1": [external("x"), inside] } })],
    ["c.1.x"],
    "c.1.gate",
  );
  assert.equal(other.status.status, "completed");
});

test("a run's own output is made of them", async () => {
  const ended = await restarted([external("a"), external("b"), gate("b")], ["a", "b"]);
  assert.equal(ended.status.status, "completed", JSON.stringify(ended.status.error));
  assert.deepEqual(ended.status.output, { a: LARGE, gate: { ok: true } });
});

test("a loop whose results no output may hold fails before it has gone through all of them", async () => {
  const engine = await openTestEngine({ limits: { maxStepOutput: 200_000 } });
  const { workflow_id: id } = await engine.run(
    [loop("l", { over: Array.from({ length: 64 }, (_, i) => i) }, [external("x")])],
    { wait_ms: 0 },
  );
  let begun = 0;
  while ((await engine.opcode.status(id)).status === "active") {
    (await engine.called(`l.iter_${begun++}.x`)).resolve(LARGE);
    await settle();
  }
  const { status, error } = await engine.opcode.status(id);
  assert.equal(status, "failed");
  assert.match(error!.message, /max_step_output/);
  assert.ok(begun <= 4, `${begun} iterations`);
});

test("results that come while others are on their way to the store wait, and fail nothing", async () => {
  const engine = await openTestEngine({ limits: { runBytes: 2 * MIB }, poolSize: 12 });
  const all = Array.from({ length: 12 }, (_, n) => external(`s${n}`));
  const depends_on = all.map(({ id }) => id as string);
  const ended = engine.run([...all, echo("last", {}, { depends_on })], { wait_ms: 60_000 });
  const calls = [];
  for (let n = 0; n < 12; n++) calls.push(await engine.called(`s${n}`));
  for (const call of calls) call.resolve("x".repeat(MIB / 2));
  const { status, error } = await ended;
  assert.equal(status, "completed", JSON.stringify(error));
});

test("steps that together need more than fits read one after the other", async () => {
  const engine = await openTestEngine({ limits: { runBytes: 2 * MIB } });
  const parts = Array.from(
    { length: 12 },
    (_, n) => external(`s${n}`, n > 0 ? { depends_on: [`s${n - 1}`] } : {}),
  );
  const readers = Array.from(
    { length: 12 },
    (_, n) =>
      echo(`r${n}`, { n: `\${{ size(steps.s${n}.output.text) }}` }, { depends_on: ["s11"] }),
  );
  const depends_on = readers.map(({ id }) => id as string);
  const ended = engine.run([...parts, ...readers, echo("last", {}, { depends_on })], {
    wait_ms: 60_000,
  });
  for (let n = 0; n < 12; n++) {
    (await engine.called(`s${n}`)).resolve({ text: "x".repeat(MIB / 2), n });
  }
  const { status, error, steps } = await ended;
  assert.equal(status, "completed", JSON.stringify(error));
  assert.equal(steps!.r11!.status, "completed");
});

for (const [who, agentBytes] of [["run", 64 * MIB], ["agent", 3 * MIB]] as const) {
  test(`runs whose steps read by turns what fills the ${who} all come to their end, also after a restart`, async () => {
    let engine = await openTestEngine({ limits: { runBytes: 2 * MIB, agentBytes }, poolSize: 40 });
    const parts = Array.from(
      { length: 5 },
      (_, n) => ({
        ...external(`s${n}`, n > 0 ? { depends_on: [`s${n - 1}`] } : {}),
        on_interrupt: "resume",
      }),
    );
    const readers = Array.from({ length: 40 }, (_, n) => ({
      ...echo(`r${n}`, {}, { depends_on: ["s4"] }),
      condition: `size(steps.s${n % 5}.output.text) > 0`,
    }));
    await engine.define("w", [...parts, ...readers]);
    const text = "x".repeat(0.45 * MIB);
    const start = { template_name: "w", agent_id: "test", wait_ms: 0 };
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push((await engine.opcode.run(start)).workflow_id);
    /** Returns what is open until all runs are over, or so many turns have passed. */
    const goOn = async (turns: number) => {
      for (let turn = 0; turn < turns; turn++) {
        for (const call of engine.open.splice(0)) call.resolve({ text });
        await new Promise((resolve) => setImmediate(resolve));
        if (turn % 50 > 0) continue;
        const all = await Promise.all(ids.map((id) => engine.opcode.status(id)));
        if (all.every(({ status }) => status !== "active")) return all;
      }
      return await Promise.all(ids.map((id) => engine.opcode.status(id)));
    };
    await goOn(40);
    engine = await engine.crash();
    const ended = await goOn(20_000);
    assert.deepEqual(
      ended.map(({ status, error }) => error?.message ?? status),
      ids.map(() => "completed"),
    );
  });
}

test("an output that many steps read at once is read from the store once or twice", async () => {
  const { store, asked } = countingReads();
  const residence = { smallest: 0, loaded: NO_OUTPUTS, none: true };
  const engine = await openTestEngine({ store, residence });
  const readers = Array.from(
    { length: 100 },
    (_, n) => echo(`r${n}`, { n: "${{steps.a.output.n}}" }, { depends_on: ["a"] }),
  );
  const ended = engine.run([external("a"), ...readers], { wait_ms: 60_000 });
  (await engine.called("a")).resolve(LARGE);
  const { status, output } = await ended;
  assert.equal(status, "completed");
  assert.deepEqual((output as JsonObject).r99, { n: 7 });
  assert.ok(asked() < 10, `${asked()} reads`);
});

test("what a program sees stays what it was when it was asked for, though outputs leave memory before a thread is free", async () => {
  const asked = Promise.withResolvers<ExpressionRequest>();
  const free = Promise.withResolvers<void>();
  const evaluate: Evaluate = async (request) => {
    if (request.mode === "check") return evaluateHere(request);
    asked.resolve(request);
    await free.promise;
    return evaluateHere(request);
  };
  const engine = await openTestEngine({ limits: { runBytes: 2 * MIB }, evaluate });
  const text = "x".repeat(MIB / 2);
  const jq = { id: "jq", action: "jq.transform", params: { filter: ".steps.s0.n" } };
  const others = Array.from(
    { length: 6 },
    (_, n) => external(`o${n}`, { depends_on: [n > 0 ? `o${n - 1}` : "s0"] }),
  );
  const ended = engine.run([
    external("s0"),
    { ...jq, depends_on: ["s0"] },
    ...others,
    echo("last", {}, { depends_on: ["o5", "jq"] }),
  ], { wait_ms: 60_000 });
  (await engine.called("s0")).resolve({ text, n: 3 });
  await asked.promise;
  for (let n = 0; n < 6; n++) (await engine.called(`o${n}`)).resolve({ text, n });
  await settle();
  free.resolve();
  const { status, error, workflow_id } = await ended;
  assert.equal(status, "completed", JSON.stringify(error));
  const { steps } = await engine.opcode.status(workflow_id);
  assert.deepEqual(steps.jq!.output, { result: 3 });
});

test("outputs leave memory as soon as they are stored once all runs hold half of what they may", async () => {
  for (const [totalBytes, reads] of [[MIB, 1], [8 * MIB, 0]] as const) {
    const { store, asked } = countingReads();
    const engine = await openTestEngine({ store, limits: { totalBytes } });
    const reader = echo("reader", { n: "${{size(steps.a.output)}}" }, { depends_on: ["b"] });
    const ended = engine.run([external("a"), external("b", { depends_on: ["a"] }), reader]);
    (await engine.called("a")).resolve("x".repeat(0.55 * MIB));
    (await engine.called("b")).resolve({});
    assert.equal((await ended).status, "completed");
    assert.equal(asked(), reads, `${totalBytes} bytes in all`);
  }
});

test("a race whose winner's output has to be read is won by it, also if the process ends meanwhile", async () => {
  const residence = { smallest: 0, loaded: NO_OUTPUTS, none: true };
  const store = createMemoryStore();
  const engine = await openTestEngine({ store, residence });
  // The winner's last step has no output; that of the one before has left memory by then.
  const last = external("z", { on_error: { strategy: "ignore" } });
  const race = parallel("p", [[external("y")], [external("x"), last]], "race");
  const { workflow_id } = await engine.run([race], { wait_ms: 0 });
  // The read that it waits for never comes back in this process.
  store.runTexts = () => new Promise(() => {});
  (await engine.called("p.branch_1.x")).resolve(LARGE);
  (await engine.called("p.branch_1.z")).reject(new Error("no output"));
  await settle();
  const next = await engine.crash();
  await until(async () => (await next.opcode.status(workflow_id)).status !== "active", "its end");
  const { status, output } = await next.opcode.status(workflow_id);
  assert.deepEqual([status, output], ["completed", { mode: "race", winner: 1, output: LARGE }]);
  await assertFoldMatchesRows(next.store, workflow_id);
});

test("an expression that names what it reads waits for no other output", async () => {
  const engine = await openTestEngine();
  const evaluate = (id: string, expression: string, after: string) => ({
    id,
    action: "expr.eval",
    params: { expression },
    depends_on: [after],
  });
  const transform = (id: string, params: JsonObject, after: string) => ({
    id,
    action: "jq.transform",
    params,
    depends_on: [after],
  });
  const reply = await engine.run([evaluate("loads", "1", "first"), echo("first")]);
  assert.equal(reply.status, "completed");
  const large = ["a", "b", "c"];
  const started = await engine.run([
    ...large.map((id) => external(id)),
    { id: "gate", action: "test.repeatable", depends_on: large },
    evaluate("named", "steps.b.n + (steps['b']?.n ?? 0)", "gate"),
    transform("given", { filter: "map(. + 1)", data: [1] }, "named"),
    transform("path", { filter: "{n: .steps.b.n}" }, "given"),
    evaluate("all", "len(filter(keys(steps), steps[#]?.n == 7))", "path"),
  ], { wait_ms: 0 });
  for (const id of large) (await engine.called(id)).resolve(LARGE);
  await engine.called("gate");
  await settle();
  const next = await engine.crash();
  const { store } = next;
  const { runTexts } = store;
  const asked: number[] = [];
  store.runTexts = (runNo, wanted) => {
    asked.push(wanted.outputs.length);
    return runTexts.call(store, runNo, wanted);
  };
  (await next.called("gate")).resolve({ ok: true });
  const id = started.workflow_id;
  await until(async () => (await store.runHead(id))!.status !== "active", "its end");
  // One is still there from before.
  assert.deepEqual(asked, [1, 2]);
  const { steps } = (await store.readRun(id, { events: 0 }))!;
  const outputOf = (of: string) => steps.find(({ stepId }) => stepId === of)!.output;
  assert.deepEqual(
    ["named", "given", "path", "all"].map(outputOf),
    ['{"result":14}', '{"result":[2]}', '{"result":{"n":7}}', '{"result":3}'],
  );
});
