// Whether a read of the context costs what it reads, and who reads it later finds what was there.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExpressionRequest } from "../../../core/expression.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { contextNow, keptContext } from "../../../engine/state/context.ts";
import type { RunState } from "../../../engine/state/state.ts";
import { openTestEngine, until } from "../../support/test-engine.ts";

function runWith(context: JsonObject, contextData: JsonObject): RunState {
  const run = { plan: { context }, contextData, sealedContext: null, contextShared: false };
  return run as unknown as RunState;
}

const LAYERS: [under: JsonObject, over: JsonObject][] = [
  [{}, { a: 1, b: [2] }],
  [{ intent: "i", "2": "two" }, { a: 1, "10": 10, intent: "another" }],
  [{ intent: "i" }, {}],
  [JSON.parse('{"__proto__": 1, "toString": 2}'), { constructor: 3 }],
];

test("a context that is read at once is what the two layers are together, and is not made", () => {
  for (const [under, over] of LAYERS) {
    const run = runWith(under, over);
    const now = contextNow(run);
    const whole = { ...under, ...over };
    for (const each of [now, keptContext(runWith(under, over))]) {
      assert.deepEqual(Object.keys(each), Object.keys(whole));
      assert.equal(JSON.stringify(each), JSON.stringify(whole));
      assert.deepEqual({ ...each }, whole);
      for (const key of [...Object.keys(whole), "missing", "hasOwnProperty"]) {
        assert.equal(Object.hasOwn(each, key), Object.hasOwn(whole, key), key);
        assert.equal(key in each, key in whole, key);
        assert.deepEqual(each[key], whole[key], key);
      }
    }
    // Else the next change would have to copy all of it.
    assert.equal(run.contextShared, false);
    run.contextData.late = 1;
    assert.equal(now.late, 1);
  }
});

test("tokens, guards and expressions between updates see each, and what waits for its answer the one it was asked of", async () => {
  const asked: { request: ExpressionRequest; answer(value: Json): void }[] = [];
  const engine = await openTestEngine({
    // A definition's programs are checked by it too.
    evaluate: (request) =>
      request.mode === "check"
        ? Promise.resolve(null)
        : new Promise((answer) => void asked.push({ request, answer })),
    inlineLimits: { rounds: 100, steps: 60_000 },
  });
  const update = (id: string, k: number, after: string[] = []) => ({
    id,
    action: "workflow.context",
    params: { action: "update", data: { k } },
    depends_on: after,
  });
  const list = Array.from({ length: 200 }, (_, i) => i);
  const ended = engine.run([
    update("one", 1),
    { id: "read", action: "test.echo", params: { k: "${{context.k}}" }, depends_on: ["one"] },
    { id: "known", action: "expr.eval", params: { expression: "context.k" }, depends_on: ["read"] },
    {
      id: "asks",
      action: "test.echo",
      params: {},
      condition: "inputs.list.all(x, x >= 0.0) && context.k == 1.0",
      depends_on: ["known"],
    },
    update("two", 2, ["known"]),
    { id: "again", action: "expr.eval", params: { expression: "context" }, depends_on: ["two"] },
    { id: "seen", action: "test.echo", params: { k: "${{context.k}}" }, depends_on: ["again"] },
    { id: "last", action: "test.external", depends_on: ["seen"] },
  ], { definition: { inputs: { list }, context: { intent: "i" } }, wait_ms: 60_000 });
  await until(() => asked.length > 0, "a request");
  await engine.called("last");
  const { context } = asked[0]!.request.data as { context: Json };
  assert.deepEqual(context, { value: { intent: "i", k: 1 } });
  asked[0]!.answer(true);
  engine.open[0]!.resolve(null);
  const { steps } = await ended;
  assert.deepEqual(steps!.seen!.output, { k: 2 });
  assert.deepEqual(steps!.read!.output, { k: 1 });
  assert.deepEqual(steps!.known!.output, { result: 1 });
  assert.deepEqual(steps!.again!.output, { result: { intent: "i", k: 2 } });
});
