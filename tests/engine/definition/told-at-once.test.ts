// What of a definition would complete without a word, or fail in every run, and is told when it is stored.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { checkDefinition } from "../../../engine/definition/check.ts";
import { DEFAULT_LIMITS } from "../../../engine/limits.ts";
import { parallel, reasoning, step, workflow } from "./support.ts";

const registry = createRegistry(builtinActions);
const LOG = { params: { message: "m" } };
const log = (id: string, more: JsonObject = {}) => step(id, { ...LOG, ...more });

async function told(definition: Json, more: JsonObject = {}): Promise<string[]> {
  const report = await checkDefinition({ definition, input_schema: { type: "object" }, ...more }, {
    registry,
    limits: DEFAULT_LIMITS,
  });
  return [...report.errors, ...report.warnings].map(({ severity, path, message }) =>
    `${severity} ${path}: ${message}`
  );
}

const ASK = reasoning("d", { options: [{ id: "yes" }, { id: "no" }] });

test("a choice that a decision does not offer is told where it is compared, and where it is a branch", async () => {
  const compared = (condition: string) =>
    told(workflow(ASK, log("s", { depends_on: ["d"], condition })));
  for (const path of ["steps.d.output.choice", "steps.d.choice", "steps['d'].output.choice"]) {
    assert.deepEqual(await compared(`${path} == 'approve'`), [
      'warning steps[1].condition: compares "choice" of step "d" with "approve", which is none of ' +
      '"yes", "no"',
    ]);
    assert.deepEqual(await compared(`${path} != "no"`), []);
  }
  const chosen = (...keys: string[]) =>
    told(workflow(ASK, {
      id: "c",
      type: "condition",
      depends_on: ["d"],
      config: {
        expression: "steps.d.output.choice",
        branches: Object.fromEntries(keys.map((key) => [key, [log(key)]])),
      },
    }));
  assert.deepEqual(await chosen("yes", "reject"), [
    'warning steps[1].config.branches.reject: can never be taken: step "d" gives one of "yes", "no"',
  ]);
  assert.deepEqual(await chosen("yes", "no"), []);
  const free = workflow(
    reasoning("d", {}),
    log("s", { depends_on: ["d"], condition: "steps.d.output.choice == 'x'" }),
  );
  assert.deepEqual(await told(free), []);
});

test("what a flow step gives is compared with a literal of its type", async () => {
  const race = { ...parallel("r", [log("x")], [log("y")]) } as JsonObject;
  race.config = { ...race.config as JsonObject, mode: "race" };
  const compared = (condition: string) =>
    told(workflow(race, log("s", { depends_on: ["r"], condition })));
  assert.deepEqual(await compared("steps.r.output.winner == 'x'"), [
    'warning steps[1].condition: compares "winner" of step "r", which is an integer, with a ' +
    "string: they are never equal",
  ]);
  assert.deepEqual(await compared("steps.r.output.winner == 0"), []);
});

test("a schema with fields in the place of keywords is told with the form that was meant", async () => {
  const properties = '{"type":"object","properties":{"n":{"type":"number"}}}';
  for (const field of ["input_schema", "output_schema"]) {
    for (const schema of [{ n: "number" }, { n: { type: "number" } }]) {
      assert.deepEqual(await told(workflow(log("s")), { [field]: schema }), [
        `warning ${field}: says nothing, because it has fields where a JSON Schema has keywords: ` +
        `write ${properties}`,
      ]);
    }
    for (const schema of [JSON.parse(properties), {}, { type: "object" }, { title: "a" }]) {
      assert.deepEqual(await told(workflow(log("s")), { [field]: schema }), []);
    }
  }
});

test("a default that the input_schema refuses is told, one with a token or none is not", async () => {
  const one = async (schema: JsonObject, inputs: JsonObject) => {
    const [line = "", ...others] = await told({ ...workflow(log("s")), inputs }, {
      input_schema: { required: ["m"], properties: { m: {}, ...schema } },
    });
    assert.deepEqual(others, []);
    return line;
  };
  assert.match(
    await one({ n: { type: "number" } }, { n: "x" }),
    /^warning inputs\.n: the default does not meet input_schema, so a run that does not give it fails/,
  );
  assert.match(
    await one({ d: { type: "string", default: 5 } }, {}),
    /^warning input_schema\.properties\.d\.default: the default does not meet/,
  );
  const fine = { properties: { n: { type: "number" } }, required: ["m"] };
  for (const n of [1, "${{workflow.run_id}}"]) {
    assert.deepEqual(
      await told({ ...workflow(log("s")), inputs: { n } }, { input_schema: fine }),
      [],
    );
  }
});

test("a condition that cannot be true or false is an error", async () => {
  const guards: [string, string][] = [
    ["'yes'", "a text"],
    ["(1)", "a number"],
    ["1 + 1", "no such value"],
    ["inputs.a + inputs.b", "no such value"],
    ["[true]", "a list"],
    ["null", "null"],
  ];
  for (const [condition, kind] of guards) {
    const quoted = JSON.stringify(condition);
    assert.deepEqual(await told(workflow(log("s", { condition }))), [
      `error steps[0].condition: must yield true or false, and ${quoted} is ${kind}`,
    ]);
  }
  const fine = ["true", "inputs.a", "inputs.a - 1 > 0", "inputs.a ? true : false", "!inputs.a"];
  for (const condition of [...fine, "'a' in inputs.l", "inputs.f == '1 + 1'"]) {
    assert.deepEqual(await told(workflow(log("s", { condition }))), [], condition);
  }
});

const repeat = (config: JsonObject) =>
  told(workflow({ id: "l", type: "loop", config: { body: [log("b")], ...config } }));

test("a loop whose condition nothing in it changes is told, and a limit of 0", async () => {
  for (const mode of ["while", "until"]) {
    const [line, ...others] = await repeat({ mode, condition: "inputs.n > 3" });
    assert.match(
      line!,
      /^warning steps\[0\]\.config\.condition: reads nothing that the body changes/,
    );
    assert.deepEqual(others, []);
  }
  for (
    const condition of [
      "iter.index < 3",
      "iter.index < inputs.n",
      "steps.b.status != 'completed' || inputs.n > 1",
      "context.n > inputs.n",
    ]
  ) assert.deepEqual(await repeat({ mode: "while", condition }), [], condition);
  assert.deepEqual(await repeat({ over: [1], max_iter: 0 }), [
    "warning steps[0].config.max_iter: 0 means no such limit: leave it out, or write more",
  ]);
});

test("a retry of what cannot fail, or not otherwise, is told", async () => {
  const wait = (config: JsonObject, more: JsonObject = {}) =>
    told(workflow({ id: "w", type: "wait", config, retry: { max: 2 }, ...more }));
  assert.deepEqual(await wait({ duration: "1s" }), [
    "warning steps[0].retry: does nothing: a wait for a time does not fail",
  ]);
  assert.deepEqual(await wait({ signal: "go" }), []);
  assert.deepEqual(await wait({ duration: "5s" }, { timeout: "1s" }), []);
  const check = { action: "assert.equals", params: { expected: 1, actual: 1 } };
  assert.deepEqual(await told(workflow({ id: "a", ...check, retry: { max: 2 } })), [
    "warning steps[0].retry: does nothing: an assertion that has failed is not retried",
  ]);
});

const expr = (expression: string) =>
  told(workflow({ id: "e", action: "expr.eval", params: { expression } }));

test("methods of other languages in Expr are refused with what Expr has, which is accepted", async () => {
  const calls = [
    "x.startsWith('a')",
    "x.endsWith('a')",
    "x.contains('a')",
    "x.matches('a')",
    "x.includes('a')",
    "x.map(i, i + 1)",
    "x.filter(i, i > 1)",
    "x.exists(i, i > 1)",
    "x.some(i => i)",
    "x.all(i, i > 1)",
    "x.exists_one(i, i > 1)",
    "x.find(i, i)",
    "x.reduce(i, i)",
    "x.size()",
    "x.toUpperCase()",
    "x.lowerAscii()",
    "x.split(',')",
    "x.join(',')",
    "x.trim()",
    "x.replace('a', 'b')",
  ];
  for (const call of calls) {
    const [line, ...others] = await expr(`inputs.${call}`);
    assert.deepEqual(others, []);
    const written = /^error .* is Expr, which has no methods such as "\.\w+\(": write (.*)$/
      .exec(line!)?.[1];
    assert.ok(written, line!);
    const advised = written.replace(/, or .*/, "").replace(/\bx\b/, "inputs.x");
    assert.deepEqual(await expr(advised), [], advised);
  }
  for (const fine of ["filter(inputs.x, # > 1) | len()", '"a.map(b)"', "now().Year()"]) {
    assert.deepEqual(await expr(fine), [], fine);
  }
});

test("functions of CEL in Expr are answered with those of Expr, and a loop that is none is told", async () => {
  assert.match(
    (await expr("size(inputs.l)"))[0]!,
    /unknown function "size".*; how many there are is len\(x\)\n/,
  );
  assert.match(
    (await expr("has(inputs.l)"))[0]!,
    /unknown function "has".*; a field .* x\?\.field/,
  );
  assert.match((await expr("loop.item.m"))[0]!, /^warning .* there is no loop around it/);
});

test("keys and words that belong elsewhere are answered with where", async () => {
  const one = async (more: JsonObject, id = "s") => await told(workflow(log("a"), { id, ...more }));
  assert.match((await one({ type: "race", config: {} }))[0]!, /did you mean "parallel"\?/);
  assert.match(
    (await one({ type: "wait", params: { duration: "1s" } }))[0]!,
    /what is in "params" belongs into "config"$/,
  );
  assert.match(
    (await one({ ...log("x"), name: "n" }))[0]!,
    /steps\[1\]\.name: unknown key; the step has an "id"; the author's own keys begin with "x-"$/,
  );
  assert.match(
    (await one({ ...log("x"), on_error: { strategy: "retry", max: 3 } }))[0]!,
    /on_error\.max: unknown key; retries stand beside it, in the step: "retry": \{"max": 3\}$/,
  );
  assert.match(
    (await one({ ...log("x"), depends_on: ["zebra"] }))[0]!,
    /no sibling step has the id "zebra"; there is "a"$/,
  );
});
