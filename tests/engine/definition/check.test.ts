// What validation finds in the expressions and templates of a definition, with the real engines.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { checkDefinition } from "../../../engine/definition/check.ts";
import { DEFAULT_LIMITS } from "../../../engine/limits.ts";
import { branch, loop, parallel, reasoning, step, workflow } from "./support.ts";

/** Every name is an action that takes anything: these tests are about expressions. */
const registry = {
  get: (name: string) =>
    ({
      name,
      input: {},
      output: {},
      ...(name === "jq.transform" && { expressions: { filter: "jq" } }),
      ...(name === "expr.eval" && {
        expressions: { expression: "expr" },
        input: { type: "object", properties: { expression: { type: "string", minLength: 1 } } },
      }),
    }) as never,
  list: () => [],
};

async function check(definition: Json): Promise<{ errors: string[]; warnings: string[] }> {
  const parts = { definition, input_schema: { type: "object" } };
  const report = await checkDefinition(parts, { registry, limits: DEFAULT_LIMITS });
  const lines = (issues: { path: string; message: string }[]) =>
    issues.map(({ path, message }) => `${path}: ${message}`);
  return { errors: lines(report.errors), warnings: lines(report.warnings) };
}

const clean = { errors: [], warnings: [] };

function reads(id: string, template: string, more: JsonObject = {}): JsonObject {
  return step(id, { params: { message: template }, ...more });
}

test("guards, expressions and loop conditions must be CEL", async () => {
  const { errors } = await check({
    ...workflow(
      step("a", { condition: "inputs.x ==" }),
      { id: "c", type: "condition", config: { expression: "a b", branches: {} } },
      { id: "w", type: "loop", config: { mode: "while", condition: "((", body: [step("x")] } },
      loop("l", step("y", { condition: "nope.x == 1" })),
      step("b", { condition: "${{ }}" }),
      step("d", { condition: "'${{inputs.x}}' == 'y'" }),
    ),
    on_error: step("h", { condition: "1 +" }),
  });
  assert.deepEqual(errors.map((line) => line.split(": ")[0]), [
    "steps[0].condition",
    "steps[1].config.expression",
    "steps[2].config.condition",
    "steps[3].config.body[0].condition",
    "steps[4].condition",
    "steps[5].condition",
    "on_error.condition",
  ]);
  assert.match(errors[5]!, /is CEL, without \$\{\{…\}\} inside: write "inputs\.x == 'y'"/);
});

test("CEL may be wrapped in a template", async () => {
  assert.deepEqual(
    await check(workflow(
      step("a"),
      step("b", { depends_on: ["a"], condition: "${{steps.a.output.code != 200}}" }),
      step("c", { depends_on: ["a"], condition: "steps.a.code != 200 && inputs.x in ['y']" }),
      { id: "d", type: "condition", config: { expression: "${{inputs.env}}", branches: {} } },
    )),
    clean,
  );
});

test("what a loop goes over is a list, a template, JSON, CEL or jq", async () => {
  const over = (id: string, value: Json) => ({
    id,
    type: "loop",
    config: { over: value, body: [step("x")] },
  });
  const { errors } = await check(workflow(
    over("a", [1, "${{inputs.x}}"]),
    over("b", '["a","b"]'),
    over("c", "${{inputs.items}}"),
    over("d", "inputs.items.filter(i, i > 1)"),
    over("f", "inputs.items[?"),
    over("g", '{"a":1}'),
    over("h", ["${{inputs.x"]),
    over("i", ".inputs.items[] | select(. > 1)"),
  ));
  assert.equal(errors.length, 3);
  assert.equal(errors[0], "steps[5].config.over: must be a list");
  assert.match(errors[1]!, /^steps\[6\]\.config\.over\[0\]: /);
  assert.match(
    errors[2]!,
    /^steps\[4\]\.config\.over: "inputs\.items\[\?" is neither CEL \(.*column 13\)\) nor jq \(.*column 14\)\)$/,
  );
});

test("an expression that is wrong is named with its path, its source and the column", async () => {
  const { errors } = await check(workflow(
    step("a", { condition: "inputs.n >\n  nope" }),
    step("b", { params: { message: "x ${{ inputs.n + }}" } }),
    { id: "l", type: "loop", config: { over: ".a | map(", body: [step("x")] } },
    { id: "j", action: "jq.transform", params: { filter: ". as [$a", data: 1 } },
    { id: "k", action: "jq.transform", params: { filter: ".a | foo(1)" } },
    { id: "e", action: "expr.eval", params: { expression: "inputs.n +" } },
    { id: "n", action: "expr.eval", params: { expression: "" } },
    { id: "r", type: "loop", config: { over: "[range(3)]", body: [step("x")] } },
    { id: "u", action: "expr.eval", params: { expression: "false and flter(inputs.n, # > 1)" } },
  ));
  assert.deepEqual(errors, [
    "steps[6].params.expression: must not be empty",
    'steps[0].condition: unknown name "nope"; there are steps, inputs, workflow, context, iter ' +
    '(line 2, column 3) in "inputs.n >\\n  nope"',
    "steps[1].params.message: ${{inputs.n +}}: neither a path nor a valid expression: " +
    'syntax error near "+" (line 1, column 10)',
    'steps[7].config.over: unknown function "range" (line 1, column 2) in "[range(3)]"; it is ' +
    "read as CEL: for jq, begin it with . |",
    'steps[2].config.over: ".a | map(" is neither CEL (syntax error near "| map(" ' +
    "(line 1, column 4)) nor jq (syntax error, unexpected end of file (line 1, column 9))",
    "steps[3].params.filter: syntax error, unexpected end of file, expecting ',' or ']' " +
    '(line 1, column 7) in ". as [$a"',
    'steps[4].params.filter: foo/1 is not defined (line 1, column 6) in ".a | foo(1)"',
    "steps[5].params.expression: the expression ends too early (line 1, column 11)\n" +
    " | inputs.n +\n | ..........^",
    'steps[8].params.expression: unknown function "flter"; did you mean "filter"? (line 1, ' +
    "column 11)\n | false and flter(inputs.n, # > 1)\n | ..........^",
  ]);
});

test("a program in params reads its values; only one token may stand for the whole of it", async () => {
  const filter = (id: string, text: string) => ({
    id,
    action: "jq.transform",
    params: { filter: text, data: "${{inputs.x}}" },
  });
  const { errors } = await check(workflow(
    filter("a", ".[] | select(. > ${{inputs.n}})"),
    filter("b", "${{inputs.filter}}"),
    filter("c", "${{inputs.a}}${{inputs.b}}"),
  ));
  assert.deepEqual(errors, [
    "steps[0].params.filter: is jq, not text: read the value in it instead of ${{…}}",
    "steps[2].params.filter: is jq, not text: read the value in it instead of ${{…}}",
  ]);
});

test("steps that a jq program reads from its input are looked for", async () => {
  const over = (text: string, more: JsonObject = {}) => ({
    id: "l",
    type: "loop",
    config: { over: text, body: [step("x")] },
    ...more,
  });
  const { warnings } = await check(workflow(step("a"), over("[.steps.nope.items[] | .steps.b]")));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^steps\[1\]\.config\.over: reads step "nope", which/);
  const known = over(".steps.a.items | map(.id)", { depends_on: ["a"] });
  assert.deepEqual(await check(workflow(step("a"), known)), clean);
});

test("templates are checked wherever they are resolved, keys included, at their own path", async () => {
  const { errors } = await check({
    ...workflow(
      step("a", { params: { list: [{ "${{inputs.": 1 }, "${{nowhere.x}}"] } }),
      { id: "w", type: "wait", config: { duration: "${{inputs.}}" } },
      reasoning("r", {
        prompt_context: "${{}}",
        target_agent: "${{inputs.}}",
        options: [{ id: "x", description: "${{ ${{inputs.x}} }}" }],
        data_inject: { "a b": "${{steps.}}" },
      }),
    ),
    inputs: { key: "${{secrets." },
  });
  assert.deepEqual(errors.map((line) => line.split(": ")[0]), [
    "inputs.key",
    'steps[0].params.list[0]["${{inputs."]',
    "steps[0].params.list[1]",
    "steps[1].config.duration",
    "steps[2].config.prompt_context",
    "steps[2].config.target_agent",
    "steps[2].config.options[0].description",
    'steps[2].config.data_inject["a b"]',
  ]);
});

test("a template that computes is accepted", async () => {
  assert.deepEqual(
    await check(workflow(reads("a", "${{ inputs.n + 1 }} of ${{inputs.all}}"))),
    clean,
  );
});

test("secrets are not shown with decisions", async () => {
  const { errors } = await check(workflow(reasoning("r", {
    prompt_context: "use ${{ secrets.KEY }}",
    data_inject: { a: "secrets.KEY", b: "${{secrets['KEY']}}", c: "the secrets. of it" },
  })));
  const rule = "secrets must not be shown with a decision";
  assert.deepEqual(errors, [
    `steps[0].config.prompt_context: ${rule}`,
    `steps[0].config.data_inject.a: ${rule}`,
    `steps[0].config.data_inject.b: ${rule}`,
  ]);
});

test("a template that reads a step which does not exist is an error, bare CEL a warning", async () => {
  const { errors, warnings } = await check({
    ...workflow(
      step("fetch"),
      reads("a", "${{steps.fetsh.output.x}}", { depends_on: ["fetch"] }),
      reads("b", "${{steps['no-such'].output}}"),
      step("c", { condition: "has(steps.nothing)" }),
      step("d", { condition: "${{steps.nothing.output}}" }),
    ),
    inputs: { x: "${{steps.nothing.output}}" },
    on_complete: reads("h", "${{steps.h2.output}}"),
  });
  assert.deepEqual(errors, [
    'inputs.x: reads step "nothing", which does not exist',
    'steps[1].params.message: reads step "fetsh", which does not exist; did you mean "fetch"?',
    'steps[2].params.message: reads step "no-such", which does not exist',
    'steps[4].condition: reads step "nothing", which does not exist',
    'on_complete.params.message: reads step "h2", which does not exist; did you mean "h"?',
  ]);
  assert.deepEqual(warnings, ['steps[3].condition: reads step "nothing", which does not exist']);
});

test("a step that reads itself, or one that need not be over, is an error", async () => {
  const { errors, warnings } = await check(workflow(
    reads("a", "${{steps.a.output}}"),
    reads("b", "${{steps.c.output}}"),
    step("c"),
    reads("d", "${{steps.a.output}} ${{steps.b.output}}", { depends_on: ["c"] }),
  ));
  const early = (id: string) =>
    `reads step "${id}", which need not be over by then: add "${id}" to depends_on, or ask first, ` +
    `as by a condition steps.${id}.status == 'completed'`;
  assert.deepEqual(errors, [
    'steps[0].params.message: reads its own step "a"',
    `steps[1].params.message: ${early("c")}`,
    `steps[3].params.message: ${early("a")}`,
    `steps[3].params.message: ${early("b")}`,
  ]);
  assert.deepEqual(warnings, []);
});

test("steps that are over in any case may be read, directly or over other steps", async () => {
  assert.deepEqual(
    await check({
      ...workflow(
        step("a"),
        step("b", { depends_on: ["a"] }),
        reads("c", "${{steps.a.output}} ${{steps.b.output}}", { depends_on: ["b"] }),
      ),
      on_complete: reads("h", "${{steps.a.output}}"),
      on_error: reads("e", "${{steps.c.output}}"),
    }),
    clean,
  );
});

test("a fallback may read what failed, and those behind it may read the fallback", async () => {
  const on_error = { strategy: "fallback_step", fallback_step: "rescue" };
  assert.deepEqual(
    await check(workflow(
      step("start"),
      step("a", { depends_on: ["start"], on_error }),
      reads("rescue", "${{steps.start.output}} ${{steps.a.output}}", {
        on_error: { strategy: "fallback_step", fallback_step: "last" },
      }),
      reads("last", "${{steps.start.output}} ${{steps.rescue.output}}"),
      reads(
        "b",
        "${{steps.rescue.status == 'completed' ? steps.rescue.output : steps.last.output}}",
        { depends_on: ["a"] },
      ),
    )),
    clean,
  );
});

test("nested steps read by short id from the inside out, by full id from anywhere", async () => {
  const { errors, warnings } = await check(workflow(
    step("a"),
    {
      ...branch(
        "c",
        "yes",
        step("x"),
        reads("y", "${{steps.x.output}} ${{steps.a.output}} ${{steps['c.yes.x'].output}}"),
        loop(
          "l",
          reads("z", "${{steps.x.output}}"),
          reads("q", "${{steps['c.yes.l.iter_0.z'].output}}"),
        ),
      ),
      depends_on: ["a"],
    },
    reads("after", "${{steps['c.yes.y'].output}} ${{steps['c.yes.l.iter_3.z'].output}}", {
      depends_on: ["c"],
    }),
  ));
  assert.deepEqual({ errors, warnings }, clean);
});

test("nested steps that are not over or not in sight", async () => {
  const { errors, warnings } = await check(workflow(
    parallel("p", [step("x")], [
      reads("y", "${{steps.x.output}}"),
      reads("z", "${{steps['p.branch_0.x'].output}}"),
    ]),
    loop("l", reads("m", "${{steps.n.output}} ${{steps.l.output}}"), step("n")),
    reads("r", "${{steps['p.branch_0.x'].output}} ${{steps.x.output}}"),
  ));
  assert.deepEqual(
    [...errors].sort(),
    [
      'steps[0].config.branches[1][0].params.message: reads step "x", which is nested in ' +
      'step "p", in another list than this one, and need not be over by then; after "p", its ' +
      "output is read as steps.p.output.branches[0]",
      'steps[2].params.message: reads step "x", which is nested in step "p"; its output is read as ' +
      "steps.p.output.branches[0]",
      'steps[1].config.body[0].params.message: reads step "n", which only begins when this one is ' +
      'over: put "n" before it in the list',
      'steps[1].config.body[0].params.message: reads step "l", in which this step stands and which ' +
      "is over only after it: read it in a step that follows it",
      ...[
        ["steps[0].config.branches[1][1]", "p.branch_0.x", "['p.branch_0.x']"],
        ["steps[2]", "p.branch_0.x", "['p.branch_0.x']"],
      ].map(([path, id, name]) =>
        `${path}.params.message: reads step "${id}", which need not be over by then: ask first, as ` +
        `by a condition steps${name}.status == 'completed'`
      ),
    ].sort(),
  );
  assert.deepEqual(warnings, []);
});

test("a read is guarded by what asks for the step, in it or in a condition around it", async () => {
  const compute = (expression: string): JsonObject => ({
    id: "r",
    action: "expr.eval",
    params: { expression },
  });
  const filter = (filter: string, data?: JsonObject): JsonObject => ({
    id: "r",
    action: "jq.transform",
    params: { filter, ...(data && { data }) },
  });
  const guarded: JsonObject[] = [
    reads("r", "${{steps.x.status}} ${{steps.x.status == 'completed' ? steps.x.output : 'none'}}"),
    reads("r", "${{has(steps.x.output.n) ? steps.x.output.n : 0}}"),
    reads("r", "${{has(steps.x.n) ? steps.x.n : 0}}"),
    reads("r", "${{steps.x.output != null && steps['x'].output.y}}"),
    reads("r", "${{steps.x.output}}", { condition: "steps.x.status == 'completed'" }),
    reads("r", "${{steps['x'].output}}", { condition: "${{ steps['x'].status == 'completed' }}" }),
    reads("r", "x", { condition: "has(steps.x.output.n) && steps.x.output.n > 1" }),
    {
      id: "r",
      type: "condition",
      config: {
        expression: "steps.x.status == 'completed' ? 'yes' : 'no'",
        branches: { yes: [reads("in", "${{steps.x.output}}")] },
      },
    },
    compute("steps.x?.output?.n ?? 0"),
    compute("steps.x.output.n ?? 0"),
    filter(".steps.x.output.n // 0"),
    filter(".steps.x.output", { steps: {} }),
  ];
  for (const one of guarded) {
    assert.deepEqual(await check(workflow(one, step("x"))), clean, JSON.stringify(one));
  }
  const taken: JsonObject[] = [
    // A step is always there, and its output too, as null.
    reads("r", "${{has(steps.x) ? steps.x.output : 0}}"),
    reads("r", "${{has(steps.x.output) ? steps.x.output : 0}}"),
    reads("r", "${{'x' in steps ? steps.x.output : 0}}"),
    reads("r", "${{steps.x != null ? steps.x.output : 0}}"),
    reads("r", "${{steps.x.status}} ${{steps.x.output}}"),
    reads("r", "${{steps.x.output}}", { condition: "inputs.status == 'x' || true" }),
    reads("r", "${{steps.x.output + 1}}"),
    reads("r", "${{steps.x['why?']}}"),
    reads("r", "x", { condition: "steps.x.output.n > 1" }),
    branch("r", "yes", reads("in", "${{steps.x.output}}")),
    loop("r", reads("in", "${{steps.x.output}}")),
    { id: "r", type: "loop", config: { over: "${{steps.x.output}}", body: [step("in")] } },
    { id: "r", type: "loop", config: { over: "steps.x.output", body: [step("in")] } },
    { id: "r", type: "loop", config: { over: "[.steps.x.output[]]", body: [step("in")] } },
    { id: "r", type: "wait", config: { signal: "${{steps.x.output}}" } },
    { id: "r", type: "reasoning", config: { prompt_context: "${{steps.x.output}}" } },
    compute("steps.x.output.n + 1"),
    filter(".steps.x.output.n"),
  ];
  for (const one of taken) {
    const { errors } = await check(workflow(one, step("x")));
    assert.equal(errors.length, 1, JSON.stringify(one));
    assert.match(errors[0]!, /reads step "x", which need not be over by then/);
  }
});

test("the condition of a loop reads the steps of its body", async () => {
  assert.deepEqual(
    await check(workflow({
      id: "l",
      type: "loop",
      config: { mode: "until", condition: "steps.poll.done == true", body: [step("poll")] },
    })),
    clean,
  );
});

test("schemas that do not compile are faults of structure, at their own place and in plain words", async () => {
  const parts = {
    definition: { ...workflow(step("a")), typo: 1 },
    input_schema: { properties: { n: { type: "strin" } } },
    output_schema: { pattern: "(?=a)" },
    triggers: [],
  };
  const { errors } = await checkDefinition(parts, { registry, limits: DEFAULT_LIMITS });
  assert.deepEqual(errors.map(({ path }) => path), [
    "typo",
    "input_schema.properties.n.type",
    "output_schema",
    "triggers",
  ]);
  assert.equal(
    errors[1]!.message,
    'must be one of ["array","boolean","integer","null","number","object","string"]',
  );
  assert.match(errors[2]!.message, /\(\?=/);
  assert.equal(errors[3]!.message, "must be an object");
});

test("what while asks of its body must be asked for first: it has not run then", async () => {
  const loop = (mode: string, condition: string) =>
    workflow({
      id: "l",
      type: "loop",
      config: { mode, condition, max_iter: 3, body: [step("g")] },
    });
  const rule = 'steps[0].config.condition: reads step "g" of its body, which has not run when ' +
    '"while" asks for the first time: write "mode": "until", which asks after it, or begin with ' +
    "steps.g.status != 'completed' || …";
  for (const one of ["steps.g.output.n < 2", "!has(steps.g) || steps.g.output.n < 2"]) {
    assert.deepEqual((await check(loop("while", one))).errors, [rule]);
    assert.deepEqual((await check(loop("until", one))).errors, []);
  }
  const asked = [
    "steps.g.status != 'completed' || steps.g.output.n < 2",
    "!has(steps.g.output.n) || steps.g.output.n < 2",
    "steps.g.output == null || steps.g.output.n < 2",
    "iter.index < 3",
  ];
  for (const one of asked) assert.deepEqual((await check(loop("while", one))).errors, [], one);
});
