// What an expression is told that reads a field which is not there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadCel } from "../../../embed/cel.ts";
import type { CelScope } from "../../../embed/cel/scope.ts";

const INPUTS = { amount: 1, order: { total: 2, lines: [{ price: 3 }] } } as const;

const scope: CelScope = {
  step: (id) => id === "get" ? { status: "completed", output: { body: 1 } } : undefined,
  stepIds: () => ["get"],
  input: (name) =>
    Object.hasOwn(INPUTS, name) ? INPUTS[name as keyof typeof INPUTS] as never : undefined,
  inputNames: () => Object.keys(INPUTS),
  workflow: { name: "w" },
  context: {},
};

const cel = await loadCel();

function told(source: string): string {
  try {
    cel.compile(source).evaluate(scope);
  } catch (thrown) {
    return (thrown as Error).message.replace(/^.*"(?:;|$)/s, "").trim();
  }
  return assert.fail(`${source} has a value`);
}

test("the nearest name is told of whatever the field was read", () => {
  const near: [source: string, hint: string][] = [
    ["inputs.amout > 1", 'did you mean "amount"? There are amount, order'],
    ["inputs['amout'] > 1", 'did you mean "amount"? There are amount, order'],
    ["1 + inputs.order.totl", 'did you mean "total"? There are total, lines'],
    ["inputs.order.lines[0].prise", 'did you mean "price"?'],
    ["steps.got.output", 'did you mean "get"?'],
    ["steps.get.outptu", 'did you mean "output"? There are output, body, status'],
    ["steps.get.output.bdy == 1", 'did you mean "body"?'],
    ["workflow.nme", 'did you mean "name"?'],
    ["inputs.zzz", "there are amount, order"],
  ];
  for (const [source, hint] of near) assert.equal(told(source), hint, source);
});

test("nothing is said of what is no object, or of a variable of the expression itself", () => {
  for (const source of ["inputs.amount.x", "[{'a': 1}].map(i, i.b)", "context.x"]) {
    assert.doesNotMatch(told(source), /did you mean/, source);
  }
});
