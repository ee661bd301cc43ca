// What expr.eval sees of the run that it is a step of.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { openTestEngine, payloadsOf } from "../../support/test-engine.ts";

const echo = (id: string, params: JsonObject, more: JsonObject = {}) => ({
  id,
  action: "test.echo",
  params,
  ...more,
});
const compute = (expression: string, more: JsonObject = {}) => ({
  id: "compute",
  action: "expr.eval",
  params: { expression },
  ...more,
});

async function computed(before: JsonObject[], expression: string): Promise<Json> {
  const engine = await openTestEngine();
  try {
    const depends_on = before.map(({ id }) => id as string);
    const reply = await engine.run([...before, compute(expression, { depends_on })], {
      params: { limit: 2 },
    });
    const [done] = (await payloadsOf(engine, reply.workflow_id, "step_completed"))
      .filter(({ output }) => (output as JsonObject | null)?.result !== undefined);
    assert.ok(done, JSON.stringify(reply));
    return (done.output as JsonObject).result!;
  } finally {
    await engine.opcode.stop();
  }
}

test("outputs are read with and without output before their fields; a status of their own wins", async () => {
  const before = [echo("a-b", { n: 5 }), echo("own", { output: "mine", status: "200 OK" })];
  assert.deepEqual(
    await computed(
      before,
      "[steps['a-b'].n, steps['a-b'].output.n, steps['a-b'].status, steps.own.output, steps.own.status, inputs.limit]",
    ),
    [5, 5, "completed", { output: "mine", status: "200 OK" }, "200 OK", 2],
  );
});

test("in a loop, loop and iter are the item and its index", async () => {
  const engine = await openTestEngine();
  try {
    const body = [compute("[loop.item, loop.index, iter.item + 1, iter.index % 2]")];
    const reply = await engine.run([{ id: "l", type: "loop", config: { over: [7, 8], body } }]);
    const outputs = (await payloadsOf(engine, reply.workflow_id, "step_completed"))
      .map(({ output }) => (output as JsonObject).result).filter((result) => result !== undefined);
    assert.deepEqual(outputs, [[7, 0, 8, 0], [8, 1, 9, 1]]);
  } finally {
    await engine.opcode.stop();
  }
});

test("an expression that breaks a limit fails its step once, whatever its retries", async () => {
  const engine = await openTestEngine();
  try {
    const retry = { max: 5, delay: "1ms" };
    const reply = await engine.run([compute("1..10000000", { retry })]);
    assert.equal(reply.status, "failed");
    const failures = await payloadsOf(engine, reply.workflow_id, "step_failed");
    assert.equal(failures.length, 1);
    assert.equal((failures[0]!.error as JsonObject).code, "EXECUTION_ERROR");
    assert.match((failures[0]!.error as { message: string }).message, /memory limit/);
  } finally {
    await engine.opcode.stop();
  }
});

test("now is the engine's time, in Expr and in jq, at once and elsewhere", async () => {
  for (const more of ["", " + len(filter(0..50000, # >= 0)) - 50001"]) {
    const engine = await openTestEngine();
    try {
      const jq = { id: "jq", action: "jq.transform", params: { filter: "now" } };
      const now = engine.clock.now();
      const reply = await engine.run([compute(`now().UnixMilli()${more}`), jq]);
      const outputs = (await payloadsOf(engine, reply.workflow_id, "step_completed"))
        .map(({ output }) => (output as JsonObject).result as number);
      assert.deepEqual(outputs.sort((a, b) => b - a), [now, now / 1_000]);
    } finally {
      await engine.opcode.stop();
    }
  }
});

test("a default that an expression does not read is not computed for it", async () => {
  const engine = await openTestEngine();
  try {
    const definition = { inputs: { given: 1, lost: "${{steps.a.nope.x}}" } };
    const steps = (expression: string) => [
      echo("a", { n: 5 }),
      compute(expression, { depends_on: ["a"] }),
    ];
    const read = await engine.run(steps("given + inputs.given"), { definition });
    assert.equal(read.status, "completed", JSON.stringify(read.error));
    for (const expression of ["lost", "inputs.lost", "keys(inputs)", "len($env)"]) {
      const { status, error } = await engine.run(steps(expression), { definition });
      assert.equal(status, "failed", expression);
      assert.match(JSON.stringify(error), /INTERPOLATION_ERROR/, expression);
    }
  } finally {
    await engine.opcode.stop();
  }
});
