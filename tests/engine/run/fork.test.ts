// What a run that goes on from a step of another one keeps, does again, and writes down.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { assertFoldMatchesRows } from "../../support/fold-check.ts";
import { answer, echo, external, failing, fork, runAnswered } from "../../support/fork.ts";
import {
  eventsOf,
  openTestEngine,
  payloadsOf,
  settle,
  statuses,
  until,
} from "../../support/test-engine.ts";

const after = (...ids: string[]) => ({ depends_on: ids });
/** A step that answers with what another one gave. */
const copy = (id: string, of: string, more: JsonObject = {}) =>
  echo(id, { params: { is: `\${{steps.${of}.output}}` }, ...after(of), ...more });

test("the step and what depends on it run again; all others keep status, output and duration", async () => {
  const engine = await openTestEngine();
  const steps = [
    external("a"),
    external("side"),
    external("b", after("a")),
    copy("c", "b"),
    echo("off", { condition: "1 == 2" }),
  ];
  const source = await runAnswered(engine, steps, ["a", "side", "b"]);
  const reply = fork(engine, source, "b");
  (await engine.called("b")).resolve("again");
  const { status, workflow_id, ...forked } = await reply;
  assert.equal(status, "completed");
  assert.notEqual(workflow_id, source);
  assert.deepEqual(engine.calls, ["a:1", "side:1", "b:1", "b:1"]);
  assert.deepEqual(
    Object.values(forked.steps!).map(({ step_id, status, output }) => [step_id, status, output]),
    [
      ["a", "completed", "A"],
      ["side", "completed", "SIDE"],
      ["b", "completed", "again"],
      ["c", "completed", { is: "again" }],
      ["off", "skipped", undefined],
    ],
  );
  assert.deepEqual(await eventsOf(engine, workflow_id), [
    "workflow_started",
    "step_completed a",
    "step_completed side",
    "step_skipped off",
    "step_started b",
    "step_completed b",
    "step_started c",
    "step_completed c",
    "workflow_completed",
  ]);
  const [started] = await payloadsOf(engine, workflow_id, "workflow_started");
  assert.deepEqual(started, { forked_from: { workflow_id: source, step_id: "b" } });
  const [a] = await payloadsOf(engine, workflow_id, "step_completed");
  assert.deepEqual(a, { output: "A", duration_ms: 0, kept: true });
  const [off] = await payloadsOf(engine, workflow_id, "step_skipped");
  assert.deepEqual(off, { reason: "condition_false", kept: true });
  const { steps: rows } = await assertFoldMatchesRows(engine.store, workflow_id);
  const kept = rows.find(({ stepId }) => stepId === "a")!;
  assert.deepEqual([kept.attempt, kept.retries, kept.startedAt], [0, 0, null]);
  assert.notEqual(kept.completedAt, null);
});

test("a param that is given anew changes no other one", async () => {
  const engine = await openTestEngine();
  await engine.define("params", [
    echo("read", { params: { is: "${{inputs.a}} ${{inputs.b}}" } }),
  ], { definition: { inputs: { a: 0, b: 0, c: 0 } } });
  const ask = { agent_id: "test", wait_ms: 5_000 };
  const begun = await engine.opcode.run({
    ...ask,
    template_name: "params",
    params: { a: 1, b: 2 },
  });
  const from = { ...ask, from_run: begun.workflow_id, from_step: "read" };
  assert.deepEqual((await engine.opcode.run({ ...from, params: { a: 3 } })).output, { is: "3 2" });
  assert.deepEqual((await engine.opcode.run({ ...from, params: {} })).output, { is: "1 2" });
  await assert.rejects(engine.opcode.run({ ...from, params: { d: 1 } }), /params\.d: is no input/);
  // What the version cannot mean is dropped, as it was not given for it.
  await engine.define("params", [echo("read", { params: { is: "${{inputs.a}}" } })], {
    definition: { inputs: { a: 0 } },
  });
  const newer = { ...from, version: "v2", params: { a: 4 } };
  assert.deepEqual((await engine.opcode.run(newer)).output, { is: 4 });
});

test("who changes an input that a kept step has read is told of it", async () => {
  const engine = await openTestEngine();
  const steps = [
    echo("read", { params: { is: "${{inputs.path}}" } }),
    echo("other", { params: { is: "${{inputs.other}}" } }),
    copy("hash", "read"),
    external("save", { params: { to: "${{inputs.path}}.sum" }, ...after("hash", "other") }),
  ];
  const begun = engine.run(steps, { params: { path: "a", other: 1 } });
  (await engine.called("save")).reject(new Error("no"));
  const source = (await begun).workflow_id;
  const from = async (from_step: string, params?: JsonObject) => {
    const reply = engine.opcode.run({
      from_run: source,
      from_step,
      agent_id: "test",
      ...(params && { params }),
    });
    (await engine.called("save")).resolve(null);
    return (await reply).warnings;
  };
  assert.deepEqual(await from("save", { path: "b", other: 1 }), [
    'params.path is not what it was, and the kept step "read" read it: what they gave is of before; ' +
    'from_step "read" does them again',
  ]);
  assert.equal(await from("read", { path: "b", other: 1 }), undefined);
  assert.equal(await from("save", { path: "a", other: 1 }), undefined);
  assert.equal(await from("save"), undefined);
});

test("the source stays as it was", async () => {
  const engine = await openTestEngine();
  const source = await runAnswered(engine, [external("a"), copy("b", "a")], ["a"]);
  const before = await engine.opcode.status(source);
  assert.equal((await fork(engine, source, "b")).status, "completed");
  assert.deepEqual(await engine.opcode.status(source), before);
});

test("a failed step runs again in a fork, as often as somebody wants", async () => {
  const engine = await openTestEngine();
  const failed = engine.run([external("a"), external("b", after("a")), external("c", after("b"))]);
  (await engine.called("a")).resolve(1);
  (await engine.called("b")).reject(new Error("boom"));
  const source = (await failed).workflow_id;
  for (const round of ["x", "y"]) {
    const reply = fork(engine, source, "b");
    (await engine.called("b")).resolve(round);
    (await engine.called("c")).resolve(round);
    const { status, steps } = await reply;
    assert.deepEqual([status, steps!.c!.output], ["completed", round]);
  }
  assert.deepEqual(engine.calls.filter((call) => call === "a:1"), ["a:1"]);
});

test("a fork of a fork keeps what the first one kept", async () => {
  const engine = await openTestEngine();
  const source = await runAnswered(engine, [external("a"), external("b", after("a"))], ["a", "b"]);
  const first = fork(engine, source, "b");
  await answer(engine, ["b"]);
  const second = fork(engine, (await first).workflow_id, "b");
  await answer(engine, ["b"]);
  const { workflow_id, steps } = await second;
  assert.equal(steps!.a!.output, "A");
  assert.deepEqual(engine.calls, ["a:1", "b:1", "b:1", "b:1"]);
  assert.deepEqual((await engine.opcode.status(workflow_id)).forked_from, {
    workflow_id: (await first).workflow_id,
    step_id: "b",
  });
});

test("steps of the source that had not settled run normally", async () => {
  const engine = await openTestEngine();
  const suspended = await runAnswered(engine, [
    external("a"),
    copy("b", "a"),
    { id: "gate", type: "wait", config: { signal: "go" } },
    external("later", after("gate")),
  ], ["a"]);
  assert.equal((await engine.opcode.status(suspended)).status, "suspended");
  const reply = await fork(engine, suspended, "b");
  assert.equal(reply.status, "suspended");
  assert.deepEqual(statuses(reply), {
    a: "completed",
    b: "completed",
    gate: "suspended",
    later: "pending",
  });
  const { workflow_id } = reply;
  const resumed = engine.opcode.signal({
    workflow_id,
    signal_type: "data",
    payload: { name: "go" },
  });
  await answer(engine, ["later"]);
  assert.equal((await resumed).status, "completed");
  assert.equal((await engine.opcode.status(suspended)).status, "suspended");
  assert.deepEqual(engine.calls, ["a:1", "later:1"]);
});

test("what a cancelled run had not done is not taken for done", async () => {
  const engine = await openTestEngine();
  const started = await engine.run([
    external("a"),
    external("b", after("a")),
    external("slow"),
    external("next", after("slow")),
  ], { wait_ms: 0 });
  await answer(engine, ["a"]);
  await engine.called("b");
  const { workflow_id: source } = started;
  await engine.opcode.signal({ workflow_id: source, signal_type: "cancel" });
  assert.equal((await engine.opcode.status(source)).steps.next!.status, "skipped");
  engine.open.length = 0;
  const reply = fork(engine, source, "b");
  await answer(engine, ["b", "slow", "next"]);
  assert.deepEqual(statuses(await reply), {
    a: "completed",
    b: "completed",
    slow: "completed",
    next: "completed",
  });
  assert.deepEqual(engine.calls.filter((call) => call.startsWith("a")), ["a:1"]);
});

test("what a failed run gave up is waited for again", async () => {
  const engine = await openTestEngine();
  const failed = engine.run([
    external("bad"),
    { id: "gate", type: "wait", config: { signal: "go" } },
    external("past", after("gate")),
  ]);
  (await engine.called("bad")).reject(new Error("boom"));
  const { workflow_id: source, steps } = await failed;
  assert.deepEqual(statuses({ steps: steps! }), {
    bad: "failed",
    gate: "skipped",
    past: "pending",
  });
  const reply = fork(engine, source, "bad");
  await answer(engine, ["bad"]);
  assert.deepEqual(statuses(await reply), {
    bad: "completed",
    gate: "suspended",
    past: "pending",
  });
});

test("a step that failed and was handled keeps its error; one whose error was ignored too", async () => {
  const engine = await openTestEngine();
  const source = await runAnswered(engine, [
    failing("a", { on_error: { strategy: "fallback_step", fallback_step: "f" } }),
    external("f"),
    failing("i", { on_error: { strategy: "ignore" } }),
    echo("b", {
      params: { a: "${{steps.a.error.message}}", i: "${{steps.i.error.message}}" },
      ...after("a", "i"),
    }),
  ], ["f"]);
  const reply = await fork(engine, source, "b");
  assert.deepEqual(statuses(reply), {
    a: "failed",
    f: "completed",
    i: "skipped",
    b: "completed",
  });
  assert.deepEqual(reply.steps!.b!.output, { a: "it failed", i: "it failed" });
  assert.deepEqual(engine.calls, ["f:1"]);
  const [failed] = await payloadsOf(engine, reply.workflow_id, "step_failed");
  assert.deepEqual([failed!.attempt, failed!.kept], [0, true]);
});

test("from a step that failed: its fallback is asked again, and only if it fails again", async () => {
  const engine = await openTestEngine();
  const steps = [
    external("a", { on_error: { strategy: "fallback_step", fallback_step: "f" } }),
    external("f"),
    external("b", after("a")),
  ];
  const run = engine.run(steps);
  (await engine.called("a")).reject(new Error("boom"));
  await answer(engine, ["f", "b"]);
  const { workflow_id: source } = await run;
  const well = fork(engine, source, "a");
  await answer(engine, ["a", "b"]);
  assert.deepEqual(statuses(await well), { a: "completed", f: "skipped", b: "completed" });
  const ill = fork(engine, (await well).workflow_id, "a");
  (await engine.called("a")).reject(new Error("boom"));
  await answer(engine, ["f", "b"]);
  assert.deepEqual(statuses(await ill), { a: "failed", f: "completed", b: "completed" });
});

test("from a fallback: it runs again for the step that called it, and so does what follows that", async () => {
  const engine = await openTestEngine();
  const source = await runAnswered(engine, [
    failing("a", { on_error: { strategy: "fallback_step", fallback_step: "f" } }),
    failing("f", { on_error: { strategy: "fallback_step", fallback_step: "g" } }),
    external("g"),
    external("b", after("a")),
    external("well", { on_error: { strategy: "fallback_step", fallback_step: "g" } }),
    external("side", after("well")),
  ], ["well", "side", "g", "b"]);
  const reply = fork(engine, source, "g");
  await answer(engine, ["g", "b"]);
  assert.equal((await reply).status, "completed");
  assert.deepEqual(engine.calls.slice(4), ["g:1", "b:1"]);
});

test("from a fallback that was skipped after it had been called: it runs for its caller", async () => {
  const engine = await openTestEngine();
  const failed = engine.run([
    failing("a", { on_error: { strategy: "fallback_step", fallback_step: "f" } }),
    external("f"),
    external("b", after("a")),
  ]);
  (await engine.called("f")).reject(new Error("boom"));
  const { workflow_id: source } = await failed;
  const skip = { workflow_id: source, signal_type: "skip", step_id: "f" } as const;
  const skipped = engine.opcode.signal(skip);
  await answer(engine, ["b"]);
  assert.equal((await skipped).status, "completed");
  const reply = fork(engine, source, "f");
  await answer(engine, ["f", "b"]);
  assert.deepEqual(statuses(await reply), { a: "failed", f: "completed", b: "completed" });
  assert.deepEqual(engine.calls, ["f:1", "b:1", "f:1", "b:1"]);
});

test("a fallback that a step inside a kept one had called runs again for what follows that one", async () => {
  const engine = await openTestEngine();
  const handled = { on_error: { strategy: "fallback_step", fallback_step: "f" } };
  const source = await runAnswered(engine, [
    { id: "all", type: "parallel", config: { branches: [[failing("x", handled)]] } },
    external("f"),
    external("b", after("all")),
    external("side"),
  ], ["side", "f", "b"]);
  const reply = fork(engine, source, "f");
  await answer(engine, ["f", "b"]);
  assert.equal((await reply).status, "completed");
  assert.deepEqual(engine.calls.slice(3), ["f:1", "b:1"]);
  await eventsOf(engine, (await reply).workflow_id);
});

test("from a fallback that nobody called: nothing runs, and the fork is over", async () => {
  const engine = await openTestEngine();
  const source = await runAnswered(engine, [
    external("a", { on_error: { strategy: "fallback_step", fallback_step: "f" } }),
    external("f", { on_error: { strategy: "fallback_step", fallback_step: "g" } }),
    external("g"),
  ], ["a"]);
  const reply = await fork(engine, source, "f");
  assert.equal(reply.status, "completed");
  assert.deepEqual(statuses(reply), { a: "completed", f: "skipped", g: "skipped" });
  assert.deepEqual(engine.calls, ["a:1"]);
});

const NESTED: JsonObject[] = [
  {
    id: "all",
    type: "parallel",
    config: {
      mode: "all",
      branches: [
        [external("p"), {
          id: "each",
          type: "loop",
          config: {
            mode: "for_each",
            over: "[1, 2]",
            body: [echo("item", { params: { n: "${{loop.item}}" } })],
          },
        }],
        [{
          id: "choose",
          type: "condition",
          config: { expression: "true", branches: { true: [external("q")] } },
        }],
      ],
    },
  },
  external("end", { params: { of: "${{steps.all.output}}" }, depends_on: ["all"] }),
];

test("a kept flow step keeps all inside it, also when the fork is read again after a crash", async () => {
  let engine = await openTestEngine();
  const source = await runAnswered(engine, NESTED, [
    "all.branch_0.p",
    "all.branch_1.choose.true.q",
    "end",
  ]);
  const before = await engine.opcode.status(source);
  const { workflow_id: id } = await fork(engine, source, "end", { wait_ms: 0 });
  const params = (await engine.called("end")).params;
  assert.deepEqual(params, { of: before.steps.all!.output });
  engine = await engine.crash();
  await settle();
  assert.deepEqual((await engine.opcode.status(id)).interrupted, ["end"]);
  const retried = engine.opcode.signal({ workflow_id: id, signal_type: "retry", step_id: "end" });
  await answer(engine, ["end"]);
  assert.equal((await retried).status, "completed");
  assert.deepEqual(engine.calls, ["end:2"]);
  const ended = await engine.opcode.status(id);
  const told = (reply: typeof ended) =>
    Object.values(reply.steps).map(({ step_id, status, output, duration_ms }) =>
      [step_id, status, output, duration_ms].join()
    ).sort();
  assert.deepEqual(told(ended), told(before));
  await assertFoldMatchesRows(engine.store, id);
});

test("a flow step that follows from the step begins from nothing", async () => {
  const engine = await openTestEngine();
  const [all, end] = NESTED;
  const steps = [external("first"), { ...all, ...after("first") }, end!];
  const inside = ["all.branch_0.p", "all.branch_1.choose.true.q"];
  const source = await runAnswered(engine, steps, ["first", ...inside, "end"]);
  const reply = fork(engine, source, "first");
  await answer(engine, ["first", ...inside, "end"]);
  assert.equal((await reply).status, "completed");
  assert.equal(engine.calls.length, 8);
  await eventsOf(engine, (await reply).workflow_id);
});

test("a crash before the first commit leaves no fork; one after it loses nothing", async () => {
  let engine = await openTestEngine();
  const source = await runAnswered(engine, [external("a"), {
    ...external("b", after("a")),
    action: "test.repeatable",
  }], ["a", "b"]);
  const { workflow_id: id } = await fork(engine, source, "b", { wait_ms: 0 });
  engine = await engine.crash();
  await answer(engine, ["b"]);
  await until(async () => (await engine.opcode.status(id)).status === "completed", "the end");
  assert.deepEqual((await engine.opcode.status(id)).steps.a!.output, "A");
  assert.deepEqual(engine.calls, ["b:2"]);
  await assertFoldMatchesRows(engine.store, id);
});

test("a kept loop that failed and was handled can be retried in the fork", async () => {
  const engine = await openTestEngine();
  const loop = {
    id: "each",
    type: "loop",
    config: {
      mode: "for_each",
      over: "${{inputs.list}}",
      body: [external("x", { params: { i: "${{loop.item}}" } })],
    },
    on_error: { strategy: "fallback_step", fallback_step: "f" },
  };
  const run = engine.run(
    [loop, external("f"), external("end", after("each"))],
    { params: { list: ["one", "two"] } },
  );
  await answer(engine, ["each.iter_0.x"]);
  (await engine.called("each.iter_1.x")).reject(new Error("boom"));
  (await engine.called("f")).resolve("F");
  (await engine.called("end")).reject(new Error("boom"));
  const forked = fork(engine, (await run).workflow_id, "end", { params: { list: ["other"] } });
  (await engine.called("end")).reject(new Error("boom"));
  const { workflow_id: id, status } = await forked;
  assert.equal(status, "failed");
  const next = await engine.crash();
  const retried = next.opcode.signal({ workflow_id: id, signal_type: "retry", step_id: "each" });
  const call = await next.called("each.iter_1.x");
  assert.deepEqual(call.params, { i: "two" });
  call.resolve("X");
  await retried;
  const { output } = (await next.opcode.status(id)).steps.each!;
  assert.deepEqual(output, { iterations: 2, results: ["EACH.ITER_0.X", "X"] });
  await assertFoldMatchesRows(next.store, id);
});

test("the context of the source is copied, and changes in the fork stay there", async () => {
  const engine = await openTestEngine();
  const source = (await engine.run([
    { id: "note", action: "workflow.context", params: { action: "update", data: { n: 1 } } },
    {
      id: "more",
      action: "workflow.context",
      params: { action: "update", data: { m: "${{context.n}}" } },
      ...after("note"),
    },
  ], { definition: { context: { intent: "count" } } })).workflow_id;
  const { workflow_id } = await fork(engine, source, "more");
  const signal = { workflow_id, signal_type: "retry", step_id: "note" } as const;
  await assert.rejects(engine.opcode.signal(signal), { code: "CONFLICT" });
  const { context } = await engine.opcode.status(workflow_id);
  assert.deepEqual(
    [context!.accumulated_data, context!.original_intent, context!.agent_id],
    [{ n: 1, m: 1 }, "count", "forker"],
  );
});

test("a thousand kept steps are one hand-over, and the fork goes on behind them", async () => {
  const engine = await openTestEngine();
  const many = Array.from({ length: 1_000 }, (_, n) => echo(`s${n}`, { params: { n } }));
  const source = await runAnswered(engine, [...many, external("end")], ["end"]);
  const reply = fork(engine, source, "end");
  await answer(engine, ["end"]);
  assert.equal((await reply).status, "completed");
  assert.equal((await eventsOf(engine, (await reply).workflow_id)).length, 1_004);
});

test("the answer tells from where the run goes on, and what it keeps", async () => {
  const engine = await openTestEngine();
  const source = await runAnswered(engine, [external("a"), copy("b", "a")], ["a"]);
  const { forked_from, kept_steps } = await fork(engine, source, "b");
  assert.deepEqual(forked_from, { workflow_id: source, step_id: "b" });
  assert.deepEqual(kept_steps, ["a"]);
  const fresh = await engine.run([echo("a")]);
  assert.deepEqual([fresh.forked_from, fresh.kept_steps], [undefined, undefined]);
});

test("a fork from behind a failed step tells that this runs again too", async () => {
  const engine = await openTestEngine();
  const { workflow_id, status } = await engine.run([
    echo("a"),
    failing("bad", after("a")),
    echo("o", after("bad")),
  ]);
  assert.equal(status, "failed");
  const from = (from_step: string) =>
    engine.opcode.run({ from_run: workflow_id, from_step, agent_id: "test" });
  assert.deepEqual((await from("o")).warnings, [
    'not only "o" and what follows from it run again, also what had not ended well in from_run: ' +
    '"bad" (failed)',
  ]);
  for (const step of ["bad", "a"]) assert.equal((await from(step)).warnings, undefined);
});
