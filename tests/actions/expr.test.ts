// What expr.eval computes, and what its expressions can see.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../core/json.ts";
import { actionContext, execute, failsWith } from "../support/action-context.ts";

const scope: JsonObject = {
  steps: { fetch: { body: { items: [{ score: 90 }, { score: 60 }] } } },
  inputs: { threshold: 80, data: "an input", steps: "another" },
  workflow: { name: "w" },
  context: { intent: "i" },
};

async function result(expression: string, params: JsonObject = {}): Promise<Json> {
  return (await execute("expr.eval", { expression, ...params }, actionContext({ scope }))).result;
}

test("an expression sees steps, inputs, workflow and context", async () => {
  assert.deepEqual(
    await result("filter(steps['fetch'].body.items, {.score >= inputs.threshold})"),
    [{ score: 90 }],
  );
  assert.deepEqual(await result("[workflow.name, context.intent, threshold, workflow_id]"), [
    "w",
    "i",
    80,
    "run-1",
  ]);
});

test("explicit data hides an input of that name, and no input hides what is always there", async () => {
  assert.equal(await result("sum(data, {#})", { data: [1, 2, 3] }), 6);
  assert.equal(await result("data", { data: null }), null);
  assert.equal(await result("data"), "an input");
  assert.equal(await result("len(steps.fetch.body.items)"), 2);
});

test("results are JSON: numbers, dates, durations, maps with keys of any type", async () => {
  assert.deepEqual(
    await result("[1, 2.5, date('2024-01-02'), duration('1s'), groupBy([1, 2], # > 1)]"),
    [1, 2.5, "2024-01-02T00:00:00Z", 1_000_000_000, { false: [1], true: [2] }],
  );
  assert.deepEqual(await result("fromPairs([['a', 1]])"), { a: 1 });
  for (const expression of ["1 / 0", "0 / 0", "float('nan')"]) {
    await assert.rejects(result(expression), failsWith("EXECUTION_ERROR", /no number of JSON/));
  }
});

test("what does not compile is VALIDATION_ERROR, what fails EXECUTION_ERROR, with the place", async () => {
  await assert.rejects(result("1 +"), failsWith("VALIDATION_ERROR", /line 1, column 4/));
  await assert.rejects(result("'5' == 5"), failsWith("VALIDATION_ERROR"));
  await assert.rejects(result("steps.fetch.nope.x"), failsWith("EXECUTION_ERROR", /of nil/));
  await assert.rejects(result(""), failsWith("VALIDATION_ERROR", /expression/));
  await assert.rejects(execute("expr.eval", {}), failsWith("VALIDATION_ERROR", /expression/));
});

test("a program meets values of another type than at its first run", async () => {
  const expression = "data == 'x'";
  const answers = [];
  for (const data of ["x", 5, null, ["x"]]) answers.push(await result(expression, { data }));
  assert.deepEqual(answers, [true, false, false, false]);
});

test("what is too much for the moment is computed elsewhere", async () => {
  assert.equal(await result("sum(1..200, sum(1..2000))"), 400_200_000);
});

test("missing variables are nil and secrets are not there", async () => {
  assert.deepEqual(await result("[HOME, secrets, loop, iter, steps.nope]"), [
    null,
    null,
    null,
    null,
    null,
  ]);
});
