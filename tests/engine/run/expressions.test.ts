// What tokens and CEL answer within a run: every form that authors write.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { openTestEngine } from "../../support/test-engine.ts";

async function resolved(params: JsonObject, inputs: JsonObject = {}): Promise<JsonObject> {
  const engine = await openTestEngine();
  const source: JsonObject = {
    id: "a-b",
    action: "test.echo",
    params: {
      items: [{ name: "x" }, { name: "y" }],
      n: 4,
      code: 200,
      "k.e y": 1,
    },
  };
  const reply = await engine.run([source, {
    id: "z",
    depends_on: ["a-b"],
    action: "test.echo",
    params,
  }], { params: inputs, wait_ms: 60_000 });
  assert.equal(reply.status, "completed", JSON.stringify(reply.error));
  return reply.output as JsonObject;
}

test("tokens take indexes, brackets, the step's status and fields without output", async () => {
  assert.deepEqual(
    await resolved({
      index: "${{steps.a-b.output.items[0].name}}",
      fromEnd: "${{steps.a-b.output.items[-1].name}}",
      numeric: "${{steps.a-b.items.1.name}}",
      quoted: "${{steps['a-b'].items[0]['name']}}",
      double: '${{steps["a-b"]["k.e y"]}}',
      status: "${{steps.a-b.status}}",
      short: "${{steps.a-b.code}}",
      braces: "${{inputs['}}']}}",
    }, { "}}": "kept" }),
    {
      index: "x",
      fromEnd: "y",
      numeric: "y",
      quoted: "x",
      double: 1,
      status: "completed",
      short: 200,
      braces: "kept",
    },
  );
});

test("a token that is no path is CEL over the same scope", async () => {
  assert.deepEqual(
    await resolved({
      greater: "${{steps['a-b'].output.n > 3}}",
      unequal: "${{steps['a-b'].code != 200}}",
      sum: "${{steps['a-b'].n + inputs.n}}",
      names: "${{steps['a-b'].items.map(i, i.name)}}",
      text: "is ${{inputs.n == 1 ? 'one' : 'more}}'}}",
    }, { n: 2 }),
    { greater: true, unequal: false, sum: 6, names: ["x", "y"], text: "is more}}" },
  );
});

test("what CEL builds for over is the list that it says, nested values and nulls included", async () => {
  const engine = await openTestEngine();
  const over = "[{'m': {'l': [1, null]}}, [inputs.x], null] + inputs.xs.map(x, {'was': x})";
  const body = [{ id: "b", action: "test.echo", params: { i: "${{loop.item}}" } }];
  const reply = await engine.run([{ id: "l", type: "loop", config: { over, body } }], {
    params: { x: { y: 1 }, xs: [{ z: 2 }] },
    wait_ms: 60_000,
  });
  const { results } = reply.output as { results: { i: Json }[] };
  assert.deepEqual(results.map(({ i }) => i), [
    { m: { l: [1, null] } },
    [{ y: 1 }],
    null,
    { was: { z: 2 } },
  ]);
});

test("branch keys are plain text: decimals, null, JSON, quotes and all", async () => {
  const keyOf = async (expression: string) => {
    const engine = await openTestEngine();
    const step = { id: "c", type: "condition", config: { expression, branches: {} } };
    const reply = await engine.run([step], { params: { big: 1234567 }, wait_ms: 60_000 });
    return (reply.output as { branch: string }).branch;
  };
  assert.equal(await keyOf("inputs.big"), "1234567");
  assert.equal(await keyOf("200.0 + 1.0"), "201");
  assert.equal(await keyOf("null"), "null");
  assert.equal(await keyOf("[1, {'a': null}]"), '[1,{"a":null}]');
  assert.equal(await keyOf("'say \"yes\"'"), 'say "yes"');
});
