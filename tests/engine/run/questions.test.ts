// How questions stand beside the rest of a run: its other branches, its failures, its end.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpcodeError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import { ask, echo, external, failing, loop, parallel, wait } from "../../support/steps.ts";
import {
  eventsOf,
  openTestEngine,
  pass,
  settle,
  statuses,
  type TestEngine,
} from "../../support/test-engine.ts";

const decide = (engine: TestEngine, workflow_id: string, step_id: string, choice = "yes") =>
  engine.opcode.signal({
    workflow_id,
    agent_id: "ann",
    signal_type: "decision",
    step_id,
    payload: { choice },
  });

const conflict = ({ code }: OpcodeError) => code === "CONFLICT";

const decisionsOf = async (engine: TestEngine, runId: string) =>
  (await engine.store.listDecisions({ runId, limit: 10 })).rows.map(({ status }) => status);

test("a question holds up only what depends on it", async () => {
  const engine = await openTestEngine();
  const running = engine.run([
    ask("q"),
    echo("after", {}, { depends_on: ["q"] }),
    external("a"),
    echo("b", {}, { depends_on: ["a"] }),
  ]);
  (await engine.called("a")).resolve(1);
  const reply = await running;
  assert.equal(reply.status, "suspended");
  assert.deepEqual(statuses(reply), {
    q: "suspended",
    after: "pending",
    a: "completed",
    b: "completed",
  });
});

test("a resumed run keeps the start it had", async () => {
  const engine = await openTestEngine();
  engine.clock.advance(1_000);
  const asked = await engine.run([ask("q")]);
  engine.clock.advance(5_000);
  const reply = await decide(engine, asked.workflow_id, "q");
  assert.equal(reply.started_at, asked.started_at);
  assert.equal(Date.parse(reply.completed_at!) - Date.parse(reply.started_at!), 5_000);
});

test("data of a question: paths, brackets and CEL, of inputs and loops too, with their types", async () => {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([
    echo("a-b", { n: 1, list: [true, null] }),
    loop("l", { over: [{ k: "v" }] }, [
      ask("q", {
        data_inject: {
          input: "inputs.x",
          step: "steps['a-b'].list",
          item: "${{loop.item}}",
          sum: "steps['a-b'].n + 1",
          words: "just words",
        },
      }),
    ], { depends_on: ["a-b"] }),
  ], { params: { x: { deep: [1] } } });
  const { pending_decisions: [decision] } = await engine.opcode.status(workflow_id);
  assert.deepEqual((decision!.context as JsonObject).data, {
    input: { deep: [1] },
    step: [true, null],
    item: { k: "v" },
    sum: 2,
    words: "just words",
  });
});

test("beside a question other branches run to their end, and the answer goes on behind it", async () => {
  const engine = await openTestEngine();
  const asked = await engine.run([
    parallel("p", [[ask("q"), echo("after", { c: "${{steps.q.output.choice}}" })], [
      echo("a"),
      echo("b", { n: 2 }),
    ]]),
  ]);
  assert.equal(asked.status, "suspended");
  assert.deepEqual(statuses(asked), {
    "p": "suspended",
    "p.branch_0.q": "suspended",
    "p.branch_1.a": "completed",
    "p.branch_1.b": "completed",
  });
  const reply = await decide(engine, asked.workflow_id, "p.branch_0.q");
  assert.deepEqual(reply.output, { mode: "all", branches: [{ c: "yes" }, { n: 2 }] });
  const events = await eventsOf(engine, asked.workflow_id);
  assert.equal(events.filter((event) => event === "step_completed p.branch_1.a").length, 1);
});

test("in a race a question neither wins nor fails", async () => {
  const engine = await openTestEngine();
  const race = (other: JsonObject) => engine.run([parallel("p", [[ask("q")], [other]], "race")]);
  const won = await race(echo("s", { n: 1 }));
  assert.deepEqual(won.output, { mode: "race", winner: 1, output: { n: 1 } });
  assert.equal(won.steps!["p.branch_0.q"]!.status, "skipped");
  assert.deepEqual(await decisionsOf(engine, won.workflow_id), ["cancelled"]);
  const open = await race(failing("s"));
  assert.equal(open.status, "suspended");
  const reply = await decide(engine, open.workflow_id, "q");
  assert.equal(reply.status, "completed");
  assert.equal((reply.output as JsonObject).winner, 0);
});

const hour = 3_600_000;

test("an expired question is timed out, and its failure may be handled", async () => {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([
    ask("q", { timeout: "1h" }, { on_error: { strategy: "fallback_step", fallback_step: "b" } }),
    echo("b"),
    wait("hold", { signal: "go" }),
  ]);
  await pass(engine, hour);
  assert.deepEqual(await decisionsOf(engine, workflow_id), ["timed_out"]);
  const { status, steps } = await engine.opcode.status(workflow_id);
  assert.equal(status, "suspended");
  assert.deepEqual(statuses({ steps }), { q: "failed", b: "completed", hold: "suspended" });
  assert.equal(steps.q!.error!.code, "TIMEOUT_ERROR");
});

test("an answer that comes too late is CONFLICT, with a fallback and without, over a restart too", async () => {
  let engine = await openTestEngine();
  const ignored = { on_error: { strategy: "ignore" } };
  const { workflow_id } = await engine.run([
    ask("failed", { timeout: "1h" }, ignored),
    loop("l", { over: [1] }, [ask("chosen", { timeout: "1h", fallback: "no" })]),
    wait("hold", { signal: "go" }),
  ]);
  await pass(engine, hour);
  const late = async () => {
    for (const id of ["failed", "chosen", "l.iter_0.chosen"]) {
      await assert.rejects(decide(engine, workflow_id, id), conflict);
    }
  };
  await late();
  engine = await engine.crash();
  await late();
  await assert.rejects(
    decide(engine, workflow_id, "hold"),
    ({ code }: OpcodeError) => code === "NOT_FOUND",
  );
});

test("a decision of a run that has ended is CONFLICT", async () => {
  for (const end of ["cancel", "fail"]) {
    const engine = await openTestEngine();
    const running = engine.run([ask("q"), external("a")], { wait_ms: 0 });
    const call = await engine.called("a");
    const { workflow_id } = await running;
    if (end === "cancel") await engine.opcode.signal({ workflow_id, signal_type: "cancel" });
    call.reject(new Error("no"));
    await settle();
    const { status } = await engine.opcode.status(workflow_id);
    assert.equal(status, end === "cancel" ? "cancelled" : "failed");
    await assert.rejects(decide(engine, workflow_id, "q"), conflict);
    assert.deepEqual(await decisionsOf(engine, workflow_id), ["cancelled"]);
  }
});

test("a failure that stands is not walked past by an answer", async () => {
  let engine = await openTestEngine();
  const { workflow_id } = await engine.run([ask("q"), external("a"), external("b")], {
    wait_ms: 0,
  });
  (await engine.called("a")).reject(new Error("no"));
  await engine.called("b");
  await settle();
  engine = await engine.crash();
  const { status, interrupted } = await engine.opcode.status(workflow_id);
  assert.equal(status, "suspended");
  assert.deepEqual(interrupted, ["b"]);
  const reply = await engine.opcode.signal({ workflow_id, signal_type: "skip", step_id: "b" });
  assert.equal(reply.status, "failed");
  assert.equal(reply.error!.step_id, "a");
});

test("cancel skips backoffs too, and drops every question", async () => {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([
    ask("q"),
    failing("retry", {}, { retry: { max: 3, delay: "1h" } }),
    parallel("p", [[ask("q")], [wait("w", { duration: "1h" })]]),
  ]);
  await engine.opcode.signal({ workflow_id, signal_type: "cancel" });
  const { steps } = await engine.opcode.status(workflow_id);
  assert.deepEqual(new Set(Object.values(steps).map(({ status }) => status)), new Set(["skipped"]));
  assert.deepEqual(await decisionsOf(engine, workflow_id), ["cancelled", "cancelled"]);
  await pass(engine, hour);
  assert.equal((await eventsOf(engine, workflow_id)).at(-1)!.split(" ")[0], "step_skipped");
});

test("a long wait suspends its run, and keeps its time over a restart", async () => {
  let engine = await openTestEngine();
  const { workflow_id, status } = await engine.run([wait("w", { duration: "10m" })]);
  assert.equal(status, "suspended");
  engine.clock.advance(400_000);
  engine = await engine.crash();
  await pass(engine, 199_999);
  assert.equal((await engine.opcode.status(workflow_id)).status, "suspended");
  await pass(engine, 1);
  const { status: end, output } = await engine.opcode.status(workflow_id);
  assert.equal(end, "completed");
  assert.deepEqual(output, { waited: 600_000 });
});

test("a short wait keeps its run active, and keeps its time over a restart", async () => {
  let engine = await openTestEngine();
  const { workflow_id } = await engine.run([wait("w", { duration: "30s" })], { wait_ms: 0 });
  await pass(engine, 20_000);
  assert.equal((await engine.opcode.status(workflow_id)).status, "active");
  engine = await engine.crash();
  await pass(engine, 9_999);
  assert.equal((await engine.opcode.status(workflow_id)).status, "active");
  await pass(engine, 1);
  const { status, output } = await engine.opcode.status(workflow_id);
  assert.equal(status, "completed");
  assert.deepEqual(output, { waited: 30_000 });
});

test("signals reach a wait by its full id, its short id, or the signal's name; others do not", async () => {
  const engine = await openTestEngine();
  const met = async (request: JsonObject) => {
    const run = await engine.run([parallel("p", [[wait("w", { signal: "approval" })]])]);
    const { status } = await engine.opcode.signal({
      workflow_id: run.workflow_id,
      signal_type: "data",
      wait_ms: 0,
      ...request,
    });
    await settle();
    return status === "completed" ||
      (await engine.opcode.status(run.workflow_id)).status === "completed";
  };
  assert.equal(await met({ step_id: "p.branch_0.w" }), true);
  assert.equal(await met({ step_id: "w" }), true);
  assert.equal(await met({ payload: { signal: "approval" } }), true);
  assert.equal(await met({ payload: { name: "approval" } }), true);
  assert.equal(await met({ payload: { signal: "other" } }), false);
  assert.equal(await met({ payload: { approval: true } }), false);
});

test("the step's timeout is a decision's deadline as well, and of two the shorter counts", async () => {
  const cases: [step: string | undefined, config: string | undefined, after: number][] = [
    ["5m", undefined, 300_000],
    ["5m", "10m", 300_000],
    ["10m", "5m", 300_000],
  ];
  for (const [timeout, limit, after] of cases) {
    const engine = await openTestEngine();
    const config = { options: [{ id: "yes" }, { id: "no" }], fallback: "no", timeout: limit };
    const steps = [JSON.parse(JSON.stringify({ id: "q", type: "reasoning", timeout, config }))];
    const { workflow_id } = await engine.run(steps, { wait_ms: 0 });
    await settle();
    engine.clock.advance(after - 1);
    await settle();
    assert.equal((await engine.opcode.status(workflow_id)).status, "suspended");
    engine.clock.advance(1);
    await settle();
    const { status, output } = await engine.opcode.status(workflow_id);
    assert.equal(status, "completed");
    assert.equal((output as JsonObject).choice, "no");
  }
});
