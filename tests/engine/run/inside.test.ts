// What steps inside other steps see, and what steers them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { condition, echo, external, failing, loop, parallel } from "../../support/steps.ts";
import { eventsOf, openTestEngine, statuses } from "../../support/test-engine.ts";

test("steps of a list read each other by short id, inner ones first, and any by its full id", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([
    echo("a", { at: "top" }),
    echo("b", { at: "top" }),
    condition("c", "true", {
      branches: {
        true: [
          echo("a", { at: "inside" }),
          echo("seen", { a: "${{steps.a.output.at}}", b: "${{steps.b.output.at}}" }, {
            condition: "steps.a.at == 'inside' && steps.b.at == 'top'",
          }),
        ],
      },
    }, { depends_on: ["a", "b"] }),
    echo("outside", {
      token: "${{steps['c.true.a'].output.at}}",
      a: "${{steps.a.output.at}}",
    }, { depends_on: ["c"], condition: "steps['c.true.a'].at == 'inside'" }),
  ]);
  assert.equal(reply.status, "completed", JSON.stringify(reply.error));
  assert.deepEqual(reply.steps!["c.true.seen"]!.output, { a: "inside", b: "top" });
  assert.deepEqual(reply.steps!.outside!.output, { token: "inside", a: "top" });
});

test("a workflow knows its id, names, version and agent; a step its status", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([
    echo("a", {}, { condition: "false" }),
    echo("b", {
      workflow: [
        "${{workflow.run_id}}",
        "${{workflow.name}}",
        "${{workflow.template_name}}",
        "${{workflow.template_version}}",
        "${{workflow.agent_id}}",
      ],
      a: "${{steps.a.status}}",
    }, { depends_on: ["a"] }),
  ]);
  assert.deepEqual(reply.output, {
    workflow: [reply.workflow_id, "w", "w", "v1", "test"],
    a: "skipped",
  });
});

test("an action inside another step is told the full id, and nothing of the loop's inside", async () => {
  const engine = await openTestEngine();
  const body = [external("call", { params: { item: "${{loop.item}}" } })];
  const running = engine.run([loop("l", { over: ["x"] }, body)]);
  const call = await engine.called("l.iter_0.call");
  assert.match(call.key, /:l\.iter_0\.call:1$/);
  assert.deepEqual(call.params, { item: "x" });
  call.resolve(1);
  assert.equal((await running).status, "completed");
});

test("guards hold inside of loops, with their iteration, and for hooks", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([
    loop("l", { over: [1, 2, 3] }, [
      echo("odd", { n: "${{loop.item}}" }, { condition: "iter.item % 2 == 1 && iter.index != 2" }),
    ]),
  ], { definition: { on_complete: echo("hook", {}, { condition: "1 > 2" }) } });
  assert.equal(reply.status, "completed");
  assert.deepEqual(statuses(reply), {
    "l": "completed",
    "l.iter_0.odd": "completed",
    "l.iter_1.odd": "skipped",
    "l.iter_2.odd": "skipped",
    "hook": "skipped",
  });
  assert.deepEqual((reply.output as JsonObject).results, [{ n: 1 }, null, null]);
});

const overs: [over: JsonObject["x"], items: unknown][] = [
  [[1, "${{inputs.two}}"], [1, 2]],
  ["${{inputs.list}}", ["a", "b"]],
  ['["x", "y"]', ["x", "y"]],
  ["inputs.list", ["a", "b"]],
  ["inputs.list.filter(x, x != 'a')", ["b"]],
  ["${{inputs.text}}", ["from", "text"]],
];

for (const [over, items] of overs) {
  test(`over ${JSON.stringify(over)} goes through its items`, async () => {
    const engine = await openTestEngine();
    const params = { two: 2, list: ["a", "b"], text: '["from","text"]' };
    const reply = await engine.run([loop("l", { over }, [echo("s", { i: "${{loop.item}}" })])], {
      params,
    });
    assert.equal(reply.status, "completed", JSON.stringify(reply.error));
    const { results } = reply.output as { results: { i: unknown }[] };
    assert.deepEqual(results.map(({ i }) => i), items);
  });
}

for (const over of ["${{inputs.none}}", "inputs.none", "inputs.number", "${{inputs.text}}"]) {
  test(`over ${over} is EXECUTION_ERROR, not a loop of nothing`, async () => {
    const engine = await openTestEngine();
    const params = { none: null, number: 3, text: "no list" };
    const reply = await engine.run([loop("l", { over }, [echo("s")])], { params });
    assert.equal(reply.status, "failed");
    assert.equal(reply.steps!.l!.error!.code, "EXECUTION_ERROR");
    assert.match(reply.steps!.l!.error!.message, /over/);
  });
}

test("while and until see their own index and their newest steps, also inside another loop", async () => {
  const engine = await openTestEngine();
  const body = [echo("s", { n: "${{loop.index}}" })];
  const reply = await engine.run([
    loop("outer", { over: ["a", "b"] }, [
      loop("by_index", { mode: "while", condition: "iter.index < 3 && iter.item == null" }, body),
      loop("by_step", { mode: "until", condition: "steps.s.n == 1" }, body),
      echo("end", {
        index: "${{steps.by_index.output.iterations}}",
        step: "${{steps.by_step.output.iterations}}",
        item: "${{loop.item}}",
      }),
    ]),
  ]);
  assert.equal(reply.status, "completed", JSON.stringify(reply.error));
  assert.deepEqual((reply.output as JsonObject).results, [
    { index: 3, step: 2, item: "a" },
    { index: 3, step: 2, item: "b" },
  ]);
});

test("keys of conditions stay what they are: quotes, and numbers beyond a million", async () => {
  const engine = await openTestEngine();
  const text = 'say "hi"\n';
  const run = (expression: string) =>
    engine.run([condition("c", expression, { branches: { x: [echo("s")] } })], {
      params: { text },
    });
  const quoted = await run("inputs.text");
  assert.deepEqual(quoted.output, { branch: text, skipped: true });
  const events = await eventsOf(engine, quoted.workflow_id);
  assert.ok(events.includes("condition_evaluated c"));
  assert.deepEqual((await run("1234567.5")).output, { branch: "1234567.5", skipped: true });
  assert.deepEqual((await run("{'a': [1, null]}")).output, {
    branch: '{"a":[1,null]}',
    skipped: true,
  });
});

test("branches take slots of the pool like any step", async () => {
  const engine = await openTestEngine({ poolSize: 2 });
  const branches = Array.from({ length: 5 }, () => [external("s")]);
  const running = engine.run([parallel("p", branches)]);
  for (let ended = 0; ended < 5; ended++) {
    await engine.called(`p.branch_${ended}.s`);
    assert.ok(engine.open.length <= 2, `${engine.open.length} at once`);
    engine.open[0]!.resolve(ended);
  }
  const reply = await running;
  assert.deepEqual(reply.output, { mode: "all", branches: [0, 1, 2, 3, 4] });
});

test("waits, backoffs and questions hold no slot of the pool", async () => {
  const engine = await openTestEngine({ poolSize: 1 });
  const running = engine.run([
    { id: "wait", type: "wait", config: { duration: "20s" } },
    { id: "ask", type: "reasoning", config: { prompt_context: "?" } },
    failing("retry", { times: 1 }, { retry: { max: 1, delay: "20s" } }),
    external("call"),
  ], { wait_ms: 0 });
  (await engine.called("call")).resolve(1);
  const { workflow_id } = await running;
  const { steps } = await engine.opcode.status(workflow_id);
  assert.deepEqual([steps.wait!.status, steps.ask!.status, steps.retry!.status], [
    "running",
    "suspended",
    "retrying",
  ]);
});
