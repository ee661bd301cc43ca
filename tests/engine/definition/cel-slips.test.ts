// What validation says of reads that mean something else in CEL, or come in the wrong order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { JsonObject } from "../../../core/json.ts";
import { loadCel } from "../../../embed/cel.ts";
import { branch, errorsOf, loop, step, warningsOf, workflow } from "./support.ts";

const cel = await loadCel();
const options = {
  actions: createRegistry(builtinActions),
  compileCel: (source: string) => cel.compile(source),
  isCel: (source: string) => cel.parses(source),
};
const log = (message: string, more: JsonObject = {}) =>
  step("s", { params: { message }, depends_on: ["get-a"], ...more });
const get = step("get-a", { params: { message: "m" } });

test("a step's id with a hyphen after a dot is told in brackets", () => {
  const hint = /write steps\['get-a'\] for steps\.get-a: "-" is minus there/;
  for (
    const condition of ["steps.get-a.output.logged", "1 < 2 && steps.get-a.status == 'failed'"]
  ) {
    const [error = ""] = errorsOf(workflow(get, log("m", { condition })), options);
    assert.match(error, /^steps\[1\]\.condition: /);
    assert.match(error, hint);
  }
  const [error = ""] = errorsOf(
    workflow(get, log("${{steps.get-a.output.logged ? 1 : 2}}")),
    options,
  );
  assert.match(error, hint);
  assert.deepEqual(errorsOf(workflow(get, log("${{steps.get-a.output.logged}}")), options), []);
  const [other = ""] = errorsOf(workflow(get, log("m", { condition: "steps.no-a.x" })), options);
  assert.doesNotMatch(other, /is minus/);
});

test("a length is told as the function that counts", () => {
  const told = (definition: JsonObject) => warningsOf(definition, options);
  const of = (list: string) => `reads "length" of ${list}; how many there are is size(${list})`;
  const inputs = { n: [1], box: { length: 5 } };
  assert.deepEqual(
    told({ ...workflow(get, log("m", { condition: "inputs.n.length > 1" })), inputs }),
    [
      `steps[1].condition: ${of("inputs.n")}`,
    ],
  );
  assert.deepEqual(told({ ...workflow(get, log("${{inputs.n.length}}")), inputs }), [
    `steps[1].params.message: ${of("inputs.n")}`,
  ]);
  const list = step("get-a", { action: "shell.exec", params: { command: "ls" } });
  assert.deepEqual(told(workflow(list, log("${{steps['get-a'].output.stdout.length + 1}}"))), [
    `steps[1].params.message: ${of("steps['get-a'].output.stdout")}`,
  ]);
  assert.deepEqual(told({ ...workflow(get, log("${{inputs.box.length}}")), inputs }), []);
  const jq = step("j", { action: "jq.transform", params: { filter: ".steps.x.y.length" } });
  assert.ok(
    told(workflow(step("x"), { ...jq, depends_on: ["x"] })).every((line) =>
      !line.includes("size(")
    ),
  );
});

test("a full id in dots is told in the brackets in which it is read", () => {
  const inner = step("x", { params: { message: "m" } });
  const c = { ...branch("c", "true", inner), depends_on: ["get-a"] };
  const [warning = "", ...others] = warningsOf(
    workflow(get, c, log("${{steps.c.true.x.output}}", { depends_on: ["c"] })),
    options,
  );
  assert.deepEqual(others, []);
  assert.equal(
    warning,
    'steps[2].params.message: reads "c.true.x" as fields of step "c"; the full id of a step stands ' +
      "in brackets: steps['c.true.x'].output",
  );
  const read = log("${{steps['c.true.x'].output}}", {
    depends_on: ["c"],
    condition: "steps['c.true.x'].status == 'completed'",
  });
  assert.deepEqual(errorsOf(workflow(get, c, read), options), []);
  const [nested = ""] = warningsOf(
    workflow(get, loop("l", inner), log("${{steps.l.iter_0.x.output}}", { depends_on: ["l"] })),
    options,
  );
  assert.match(nested, /steps\['l\.iter_0\.x'\]\.output$/);
});

test("what is read before it can have begun is told to change places, not to ask", () => {
  const a = log("${{steps.b.output}}", { id: "a", depends_on: [] });
  const [error = "", ...others] = errorsOf(
    workflow(a, step("b", { params: { message: "m" }, depends_on: ["a"] })),
    options,
  );
  assert.deepEqual(others, []);
  assert.equal(
    error,
    'steps[0].params.message: reads step "b", which only begins when this one is over: take "a" out ' +
      'of what "b" depends on, and add "b" to the depends_on of "a"',
  );
  const inLoop = workflow(loop("l", log("${{steps.b.output}}", { depends_on: [] }), {
    ...get,
    id: "b",
  }));
  assert.deepEqual(errorsOf(inLoop, options), [
    'steps[0].config.body[0].params.message: reads step "b", which only begins when this one is ' +
    'over: put "b" before it in the list',
  ]);
});

test("where no token may stand, the error says so", () => {
  const token = "${{inputs.t}}";
  const question = { prompt_context: "q", timeout: token };
  const definitions: [string, JsonObject][] = [
    ["steps[0].config.timeout", workflow({ id: "q", type: "reasoning", config: question })],
    ["steps[0].timeout", workflow(step("s", { timeout: token }))],
    ["steps[0].retry.delay", workflow(step("s", { retry: { max: 1, delay: token } }))],
    ["steps[0].retry.max", workflow(step("s", { retry: { max: token } }))],
    ["timeout", { ...workflow(step("s")), timeout: token }],
    [
      "steps[0].config.max_iter",
      workflow({
        id: "l",
        type: "loop",
        config: { over: [1], max_iter: token, body: [step("s")] },
      }),
    ],
    ["steps[0].on_error.strategy", workflow(step("s", { on_error: { strategy: token } }))],
  ];
  for (const [path, definition] of definitions) {
    const [error = ""] = errorsOf(definition);
    assert.ok(error.startsWith(`${path}: must be `), error);
    assert.match(error, /; no token may stand here, because .*"duration" of a wait/);
  }
  const wait = { id: "w", type: "wait", config: { duration: token } };
  assert.deepEqual(errorsOf({ ...workflow(wait), inputs: { t: "1s" } }), []);
});

test("a function of another tool is told in CEL, in a guard and in a token", () => {
  const cases: [call: string, hint: RegExp][] = [
    ["success()", /a step runs once those in depends_on are done/],
    ["always()", /a step runs once those in depends_on are done/],
    ["len(inputs.x) > 1", /how many there are is size\(x\)/],
    ["coalesce(inputs.x, 1) == 1", /write has\(x\.field\) \? x\.field : 'other'/],
  ];
  for (const [call, hint] of cases) {
    assert.match(errorsOf(workflow(get, log("m", { condition: call })), options)[0]!, hint);
    assert.match(errorsOf(workflow(get, log(`\${{ ${call} }}`)), options)[0]!, hint);
  }
  const [other = ""] = errorsOf(workflow(get, log("m", { condition: "frobnicate()" })), options);
  assert.match(other, /unknown function "frobnicate" \(line 1, column 1\) in "frobnicate\(\)"$/);
});

test("what other tools call a step's output is told by its name here", () => {
  const [warning = ""] = warningsOf(workflow(get, log("${{steps.get-a.outputs.logged}}")), options);
  assert.match(
    warning,
    /reads "outputs" of step "get-a".*; the whole output is steps\.get-a\.output$/,
  );
});
