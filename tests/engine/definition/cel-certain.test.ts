// What is certain of an expression before it is evaluated, and what a definition is told of that.

import assert from "node:assert/strict";
import { test } from "node:test";
import { constantOf, isSurelyBoolean } from "../../../engine/definition/cel-certain.ts";
import { errorsOf, step, warningsOf, workflow } from "./support.ts";
import type { JsonObject } from "../../../core/json.ts";

test("what compares, negates or asks is a boolean; what may be anything else is not called one", () => {
  const sure = [
    ...["true", " ( false ) ", "inputs.n > 3", "inputs.a == 'x ? y : z'", "(inputs.n + 1) != 2"],
    ...["inputs.a && inputs.b", "!inputs.a", "has(inputs.a)", "'a' in inputs.list"],
    ...["inputs.s.startsWith('a')", "inputs.list.exists(x, x > 1)", "${{ inputs.n >= 1 }}"],
    ...["((inputs.a || (inputs.n == 1)))", "inputs['a-c'] == 1"],
  ];
  for (const source of sure) assert.equal(isSurelyBoolean(source), true, source);
  const open = [
    ...["inputs.a", "inputs.n > 3 ? 'a' : 'b'", "'a == b'", "inputs.s + '>'", "inputs[1 > 2]"],
    ...["[1 < 2]", "string(1 < 2)", "inputs.all", "-inputs.n", "inputs.?a", "r'\\' == 'x'"],
    ...["dyn(true)", "inputs.index", "inputs.list.filter(x, x > 1)", "inputs.n // > 3"],
  ];
  for (const source of open) assert.equal(isSurelyBoolean(source), false, source);
  assert.equal(constantOf("( true )"), true);
  assert.equal(constantOf("${{ false }}"), false);
  assert.equal(constantOf("!true"), undefined);
});

test("a branch that can never be taken is a warning", () => {
  const choose = (expression: string, branches: string[], otherwise = false) => ({
    id: "c",
    type: "condition",
    config: {
      expression,
      branches: Object.fromEntries(branches.map((key, i) => [key, [step(`s${i}`)]])),
      ...(otherwise && { default: [step("d")] }),
    },
  });
  const never = "can never be taken: the expression yields true or false";
  assert.deepEqual(warningsOf(workflow(choose("inputs.n > 3", ["yes", "true", "no way"]))), [
    `steps[0].config.branches.yes: ${never}`,
    `steps[0].config.branches["no way"]: ${never}`,
  ]);
  assert.deepEqual(warningsOf(workflow(choose("inputs.n > 3", ["true", "false"], true))), [
    "steps[0].config.default: can never be taken: there are branches for true and false",
  ]);
  const fine = [
    choose("inputs.n > 3", ["true"], true),
    choose("inputs.env", ["yes", "no"], true),
    choose("inputs.n > 3 ? 'yes' : 'no'", ["yes", "no"]),
  ];
  for (const one of fine) assert.deepEqual(warningsOf(workflow(one)), []);
});

test("a condition that never ends its loop is a warning, unless the loop fails by that on purpose", () => {
  const looping = (config: JsonObject) =>
    workflow({ id: "l", type: "loop", config: { body: [step("x")], ...config } });
  const cut = "steps[0].config.condition: never ends the loop: it always stops by max_iter, and " +
    "completes; fail_on_exhausted would make it fail";
  const endless =
    "steps[0].config.condition: never ends the loop: without max_iter it fails after " +
    "100000 iterations";
  const cases: [JsonObject, string[]][] = [
    [{ mode: "while", condition: "true", max_iter: 3 }, [cut]],
    [{ mode: "until", condition: "${{ false }}", max_iter: 3 }, [cut]],
    [{ mode: "while", condition: "(true)" }, [endless]],
    [{ mode: "until", condition: "false" }, [endless]],
    [{ mode: "while", condition: "true", max_iter: 3, fail_on_exhausted: true }, []],
    [{ mode: "until", condition: "true" }, []],
    [{ mode: "while", condition: "false", max_iter: 3 }, []],
    [{ mode: "while", condition: "iter.index < 2", max_iter: 3 }, []],
  ];
  for (const [config, warnings] of cases) {
    assert.deepEqual(errorsOf(looping(config)), []);
    assert.deepEqual(warningsOf(looping(config)), warnings, JSON.stringify(config));
  }
});

test("what a condition says of having taken no branch can be read", () => {
  const choose = { id: "c", type: "condition", config: { expression: "1", branches: { a: [] } } };
  const read = step("r", { depends_on: ["c"], params: { x: "${{steps.c.output.skipped}}" } });
  assert.deepEqual(warningsOf(workflow(choose, read)), []);
});
