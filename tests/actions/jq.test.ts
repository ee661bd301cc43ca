// That jq.transform answers what its program does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { actionContext, execute, failsWith } from "../support/action-context.ts";

test("jq.transform answers the one result, null for none, an array of several", async () => {
  const data = { items: [{ id: 1 }, { id: 2 }] };
  const answers = async (filter: string) =>
    (await execute("jq.transform", { filter, data })).result;
  assert.deepEqual(await answers("[.items[].id]"), [1, 2]);
  assert.deepEqual(await answers(".items[].id"), [1, 2]);
  assert.equal(await answers(".items[0].id"), 1);
  assert.equal(await answers(".items[] | select(.id > 5)"), null);
});

test("without data its input is what expressions see; null is data", async () => {
  const context = actionContext();
  context.scope = () => ({ inputs: { n: 3 } });
  const result = async (params: { filter: string; data?: null }) =>
    (await execute("jq.transform", params, context)).result;
  assert.equal(await result({ filter: ".inputs.n" }), 3);
  assert.equal(await result({ filter: ".", data: null }), null);
});

test("jq.transform fails as its program does", async () => {
  const failure = (filter: string) => execute("jq.transform", { filter, data: 1 });
  await assert.rejects(failure("keys"), failsWith("EXECUTION_ERROR", /number \(1\) has no keys/));
  await assert.rejects(failure(". +"), failsWith("VALIDATION_ERROR", /line 1, column 3/));
  await assert.rejects(failure(""), failsWith("VALIDATION_ERROR"));
});
