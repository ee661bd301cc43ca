// Whether steps that are looked up one by one are to expressions what an object of all of them is.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../core/json.ts";
import type { CelScope } from "../../embed/cel/scope.ts";
import { stepValue, visibleSteps } from "../../embed/document.ts";
import { createExpr } from "../../embed/expr/engine.ts";
import { lookedUp } from "../../embed/looked-up.ts";

const OUTPUTS: Record<string, Json> = {
  b: { n: 2 },
  a: { n: 1, output: "own" },
  "10": { n: 10 },
  "2": [1, 2],
  text: "t",
  constructor: { n: 0 },
  "l.iter_0.x": { n: 7 },
};

function scopeOf() {
  const count = { steps: 0, lists: 0, outputs: 0 };
  const scope = {
    step(id: string) {
      count.steps++;
      if (!Object.hasOwn(OUTPUTS, id)) return undefined;
      return {
        status: "completed",
        get output() {
          count.outputs++;
          return OUTPUTS[id];
        },
      };
    },
    stepIds() {
      count.lists++;
      return Object.keys(OUTPUTS);
    },
  } as unknown as CelScope;
  return { scope, count };
}

/** Every step, as an object that was built before it was asked for. */
function built(source: string): JsonObject {
  const steps = visibleSteps(scopeOf().scope, source);
  return Object.fromEntries([...steps].map(([id, step]) => [id, stepValue(id, step, source)]));
}

const expr = createExpr({ ownFunctionsOnly: true });

const SOURCES = [
  "steps",
  "keys(steps)",
  "values(steps)",
  "len(steps)",
  "map(keys(steps), type(steps[#]))",
  "toPairs(steps)",
  "toJSON(steps)",
  "steps[data]",
  "steps[data].n + len(steps)",
  "[steps.a, steps[data], keys(steps), steps.a == steps[data]]",
  "[data in steps, 'z' in steps, 'toString' in steps, 'constructor' in steps]",
  "[steps.toString, steps['__proto__'], steps.constructor, steps.z?.n]",
  "steps == {'a': 1}",
  "[steps == steps, steps['a'].output, steps['b'].status]",
  "steps['l.iter_0.x']",
  "[steps['l.iter_' + '0.x'], keys(steps)]",
  "[type(steps), steps['2'][0], steps.text]",
  "keys($env.steps)",
  "get(steps, data)",
];

test("an expression comes to the same, whatever it asks of them", () => {
  for (const source of SOURCES) {
    const program = expr.compile(source);
    const plain = program.run({ steps: built(source), data: "a" });
    const lazy = program.run({ steps: lookedUp(scopeOf().scope, source), data: "a" });
    assert.deepEqual(lazy, plain, source);
    // Also in the order of their members.
    assert.equal(JSON.stringify(lazy), JSON.stringify(plain), source);
  }
});

test("they are the same as JSON, and as members of another object", () => {
  const lazy = lookedUp(scopeOf().scope, "steps");
  assert.equal(JSON.stringify(lazy), JSON.stringify(built("steps")));
  assert.equal(JSON.stringify({ ...lazy }), JSON.stringify(built("steps")));
});

test("what is read is looked up, and nothing else", () => {
  const { scope, count } = scopeOf();
  const steps = lookedUp(scope, "steps[data].n");
  assert.equal(expr.compile("steps[data].n + steps[data].n").run({ steps, data: "b" }), 4);
  assert.deepEqual(count, { steps: 1, lists: 0, outputs: 1 });
});
