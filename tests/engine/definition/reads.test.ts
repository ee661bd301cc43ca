// What validation finds in the inputs, outputs and workflow fields that a definition reads.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { JsonObject } from "../../../core/json.ts";
import { type ValidationOptions } from "../../../engine/definition/validate.ts";
import { branch, errorsOf, step, warningsOf, workflow } from "./support.ts";

const actions = createRegistry(builtinActions);

function log(message: string, more: JsonObject = {}): JsonObject {
  return step("s", { params: { message }, ...more });
}

function issues(definition: JsonObject, options: ValidationOptions = {}) {
  return {
    errors: errorsOf(definition, { actions, ...options }),
    warnings: warningsOf(definition, { actions, ...options }),
  };
}

const PATHS = {
  type: "object",
  properties: { path: { type: "string" }, limit: {} },
  required: ["path", "limit"],
};

test("an input that a closed schema does not have is an error, in an expression a warning", () => {
  const inputSchema = { ...PATHS, additionalProperties: false };
  assert.deepEqual(
    issues(workflow(log("${{inputs.pth}} ${{inputs.path}} ${{inputs.x + 1}}")), { inputSchema }),
    {
      errors: [
        'steps[0].params.message: reads input "pth", which input_schema does not allow; ' +
        'did you mean "path"?',
      ],
      warnings: [
        'steps[0].params.message: reads input "x", which input_schema does not name',
      ],
    },
  );
  assert.deepEqual(
    warningsOf(workflow(log("x", { condition: "has(inputs.pth) && inputs.limit > 1" })), {
      inputSchema,
    }),
    [
      'steps[0].condition: reads input "pth", which input_schema does not name; ' +
      'did you mean "path"?',
    ],
  );
});

test("an input that an open schema does not name is a warning, at every depth", () => {
  assert.deepEqual(
    issues(workflow(branch("b", "k", log("${{inputs.pth}}"))), { inputSchema: PATHS }),
    {
      errors: [],
      warnings: [
        'steps[0].config.expression: reads input "x", which input_schema does not name',
        'steps[0].config.branches.k[0].params.message: reads input "pth", which input_schema ' +
        'does not name; did you mean "path"?',
      ],
    },
  );
});

test("inputs are known by the schema's properties, by defaults, or not at all", () => {
  const reads = workflow(log("${{inputs.a}} ${{inputs.b.c}} ${{inputs['d.e']}}"));
  const clean = { errors: [], warnings: [] };
  assert.deepEqual(issues(reads), clean, "without a schema any input may come");
  const named = {
    type: "object",
    properties: { a: {}, "b.c": {}, "d.e": {} },
    required: ["a", "b.c", "d.e"],
  };
  assert.deepEqual(
    issues(reads, { inputSchema: { ...named, additionalProperties: false } }),
    clean,
  );
  const schemas: JsonObject[] = [
    { type: "object" },
    { properties: {}, additionalProperties: { type: "string" } },
    { properties: {}, patternProperties: { "^.": {} }, additionalProperties: false },
    { properties: {}, allOf: [{ properties: { a: {} } }] },
    { $ref: "#/$defs/x", $defs: { x: {} }, properties: {} },
  ];
  for (const inputSchema of schemas) assert.deepEqual(issues(reads, { inputSchema }), clean);
  const inputs = { a: 1, b: { c: 1 }, "d.e": 2 };
  assert.deepEqual(issues({ ...reads, inputs }, { inputSchema: PATHS }), clean);
});

test("without a schema, an input that is nearly a default is a warning", () => {
  const definition = {
    ...workflow(log("${{inputs.regoin}} ${{inputs.other}}")),
    inputs: { region: 1 },
  };
  assert.deepEqual(warningsOf(definition), [
    'steps[0].params.message: reads input "regoin", which has no default; did you mean "region"?',
  ]);
});

test("what a program of an action reads of the inputs is looked at as what a token reads", () => {
  const program = (action: string, params: JsonObject) =>
    issues({ ...workflow({ id: "s", action, params }), inputs: { amount: 5 } });
  const told = (param: string) => [
    `steps[0].params.${param}: reads input "amout", which has no default; did you mean "amount"?`,
  ];
  const { warnings, errors } = program("expr.eval", { expression: "inputs.amout == 5" });
  assert.deepEqual([errors, warnings], [[], told("expression")]);
  assert.deepEqual(program("jq.transform", { filter: ".inputs.amout" }).warnings, told("filter"));
  const fine: [string, JsonObject][] = [
    ["expr.eval", { expression: "inputs.amount == 5 && inputs.other == nil" }],
    ["expr.eval", { expression: '"inputs.amout" + string(inputs.amount)' }],
    ["expr.eval", { expression: "amount > 1" }],
    ["jq.transform", { filter: ".inputs.amout", data: { inputs: { amout: 1 } } }],
  ];
  for (const [action, params] of fine) {
    assert.deepEqual(program(action, params), { errors: [], warnings: [] }, JSON.stringify(params));
  }
});

test("fields inside an input are checked as deep as the schema goes", () => {
  const inputSchema = {
    properties: { user: { type: "object", properties: { name: {} }, additionalProperties: false } },
  };
  assert.deepEqual(
    errorsOf(workflow(log("${{inputs.user.name.first}} ${{inputs.user.nmae}}")), { inputSchema }),
    [
      'steps[0].params.message: reads input "user.nmae", which input_schema does not allow; ' +
      'did you mean "name"?',
    ],
  );
});

test("a default input that the schema refuses is an error", () => {
  const definition = { ...workflow(log("x")), inputs: { pth: 1, path: "x" } };
  assert.deepEqual(
    errorsOf(definition, { inputSchema: { ...PATHS, additionalProperties: false } }),
    ['inputs.pth: is not allowed by input_schema; did you mean "path"?'],
  );
  assert.deepEqual(errorsOf(definition, { inputSchema: PATHS }), []);
});

test("a field that an action's output does not have is a warning with the nearest", () => {
  const fetch = { id: "f", action: "http.get", params: { url: "http://x" } };
  const after = (message: string, more: JsonObject = {}) =>
    workflow(fetch, log(message, { depends_on: ["f"], ...more }));
  const whose = 'of step "f", whose action is http.get, which has no such field';
  assert.deepEqual(
    issues(after("${{steps.f.output.staus_code}} ${{steps['f'].bdy}}", {
      condition: "steps.f.output.headers.x == 'y' && steps.f.code == 2",
    })),
    {
      errors: [],
      warnings: [
        `steps[1].condition: reads "code" ${whose}; there are status_code, status, headers, ` +
        "headers_all, body, body_encoding, content_type, method, url, redirects, duration_ms, " +
        "truncated",
        `steps[1].params.message: reads "staus_code" ${whose}; did you mean "status_code"?`,
        `steps[1].params.message: reads "bdy" ${whose}; did you mean "body"?`,
      ],
    },
  );
  assert.deepEqual(
    issues(after(
      "${{steps.f.output.body.any.thing}} ${{steps.f.output}} ${{steps.f.status}} " +
        "${{steps.f.error.code}} ${{steps.f.status_code}} ${{steps.f.output.headers.Etag}}",
      { condition: "size(steps.f.body) > 1 && steps.f.output.status.startsWith('2')" },
    )),
    { errors: [], warnings: [] },
  );
});

test("the workflow has few fields", () => {
  assert.deepEqual(
    warningsOf(workflow(log("${{workflow.runid}} ${{workflow.run_id}} ${{workflow.name}}"))),
    [
      'steps[0].params.message: reads "runid" of the workflow, which has no such field; ' +
      'did you mean "run_id"?',
    ],
  );
  assert.deepEqual(
    warningsOf({ ...workflow(step("a")), on_error: log("${{workflow.error.message}}") }),
    [],
  );
});

test("a loop's variables are item and index, and there in a loop only", () => {
  const body = [branch("b", "k", log("${{loop.item.x}} ${{loop.index}} ${{loop.itm}}"))];
  const loop = (over: string) => ({ id: "l", type: "loop", config: { over, body } });
  const path = "steps[0].config.body[0].config.branches.k[0].params.message";
  assert.deepEqual(errorsOf(workflow(loop("${{loop.item}}"), log("${{loop.index}}"))), [
    'steps[0].config.over: reads "loop.item", but there is no loop around it',
    `${path}: reads "loop.itm"; a loop has "item" and "index" only`,
    'steps[1].params.message: reads "loop.index", but there is no loop around it',
  ]);
  assert.deepEqual(errorsOf({ ...workflow(step("a")), inputs: { x: "${{loop.item}}" } }), []);
});

test("an expression that reads loop variables without a loop is a warning", () => {
  const body = [log("x", { condition: "iter.item > 1 && [1].exists(i, i == iter.index)" })];
  const loop = { id: "l", type: "loop", config: { over: "[iter.index]", body } };
  assert.deepEqual(
    issues(workflow(
      loop,
      log("${{loop.item + 1}} ${{'loop.item'}}", { condition: "has(iter.item)" }),
    )),
    {
      errors: [],
      warnings: [
        'steps[0].config.over: reads "iter.index", but there is no loop around it',
        'steps[1].condition: reads "iter.item", but there is no loop around it',
        'steps[1].params.message: reads "loop.item", but there is no loop around it',
      ],
    },
  );
});

test("a secret that can have no such name is refused", () => {
  const rule = "which no secret can be called; a token with a secret is ${{secrets.NAME}} and " +
    "nothing else, the text around it stands outside";
  assert.deepEqual(
    errorsOf(workflow(log("${{secrets.a-b.C_1}} ${{secrets['x']}} ${{secrets.X + 'a'}}"))),
    [`steps[0].params.message: reads secret "X + 'a'", ${rule}`],
  );
});

test("what is a token in another language is an error with the mended text, else a warning", () => {
  const rule = "looks like a token; tokens are written ${{…}}";
  const mended = (found: string, token: string) =>
    `"${found}" looks like a token: write \${{${token}}}; if it is meant as it stands, ` +
    '"x-literal": true on the step says so';
  const params = { message: "{{ inputs.x }}", data: { "k ${steps.b.output}": ["${name}"] } };
  const definition = (more: JsonObject) => ({
    ...workflow(log("", { id: "a", params, ...more }), log("${{inputs.x}} {{x}}", { id: "b" })),
    inputs: { y: "{{secrets.K}}" },
  });
  const vague = [
    'inputs.y: "{{secrets.K}}" looks like a token: write ${{secrets.K}}',
    `steps[0].params.data["k \${steps.b.output}"][0]: "\${name}" ${rule}`,
    'steps[1].params.message: "{{x}}" looks like a token: write ${{inputs.x}}',
  ];
  assert.deepEqual(issues(definition({})), {
    errors: [
      `steps[0].params.message: ${mended("{{ inputs.x }}", "inputs.x")}`,
      `steps[0].params.data["k \${steps.b.output}"]: ${
        mended("${steps.b.output}", "steps.b.output")
      }`,
    ],
    warnings: vague,
  });
  assert.deepEqual(issues(definition({ "x-literal": true })), {
    errors: [],
    warnings: [vague[0], vague[2]],
  });
  const MISTAKEN: [found: string, token: string][] = [
    ["{{steps.a.output.x}}", "steps.a.output.x"],
    ["{{ steps.a.output.x | upper }}", "steps.a.output.x"],
    ["{{ .inputs.x }}", "inputs.x"],
    ["{{- inputs['x'] }}", "inputs['x']"],
    ["${inputs.x}", "inputs.x"],
    ["$steps.a.output", "steps.a.output"],
    ["$.steps.a.output", "steps.a.output"],
    ["$inputs.x", "inputs.x"],
    ["$(inputs.x)", "inputs.x"],
    ["<%= steps.a.output %>", "steps.a.output"],
    ["{steps.a.output.x}", "steps.a.output.x"],
    ["{ secrets.K }", "secrets.K"],
  ];
  for (const [found, token] of MISTAKEN) {
    for (const text of [found, `see ${found}, please`, `https://a.b/${found}?x`]) {
      assert.deepEqual(errorsOf(workflow(step("a"), log(text, { id: "l", depends_on: ["a"] }))), [
        `steps[1].params.message: ${mended(found, token)}`,
      ], text);
    }
  }
  const fine = [
    "costs $5.00",
    "$steps",
    "a {steps} b, {stepsa.b} and x{steps.a}",
    '{"steps": 1}',
    "$${{inputs.x}}.y",
    "<% x",
  ];
  for (const text of fine) assert.deepEqual(errorsOf(workflow(log(text))), [], text);
  const shell = (...args: string[]) => ({
    id: "s",
    action: "shell.exec",
    params: { command: "sh", args },
  });
  assert.deepEqual(warningsOf(workflow(shell("echo ${HOME}", "docker --format '{{.Name}}'"))), []);
  assert.deepEqual(errorsOf(workflow(shell("echo ${inputs.name}"))), [
    `steps[0].params.args[0]: ${mended("${inputs.name}", "inputs.name")}`,
  ]);
  assert.deepEqual(
    warningsOf(workflow(step("a", { params: { m: '{"a":{"b":1}} $${{inputs.x}} {{}} ${}' } }))),
    [],
  );
});

test("an input of megabytes is searched for secrets once, and in one go", () => {
  // Each of these begins like a token that goes on to the end.
  const never = "${{secrets.a".repeat(100_000);
  const tokens = "${{inputs.key}}".repeat(4_000);
  const write = (key: string) => ({
    ...workflow(step("s", { action: "fs.write", params: { path: "/x", content: tokens } })),
    inputs: { key },
  });
  assert.deepEqual(issues(write(never)).warnings, []);
  assert.deepEqual(issues(write("x".repeat(3_000_000))), { errors: [], warnings: [] });
});

test("a secret in what a step writes to a file is a warning that says how to write the text", () => {
  const write = (content: string, action = "fs.write") => ({
    ...workflow(step("s", { action, params: { path: "/x", content } })),
    inputs: { key: "k=${{secrets.DEEP}}", plain: "p" },
  });
  const warning = (name: string) =>
    `steps[0].params.content: writes secret "${name}" where whoever reads the file sees it; for ` +
    `the text itself, meant for another system, write \${{ '\${{ secrets.${name} }}' }}`;
  for (const action of ["fs.write", "fs.append"]) {
    assert.deepEqual(issues(write("token: ${{ secrets.CI_TOKEN }}", action)), {
      errors: [],
      warnings: [warning("CI_TOKEN")],
    });
  }
  assert.deepEqual(issues(write("${{inputs.key}} ${{inputs.plain}}")).warnings, [warning("DEEP")]);
  // Neither the documented way to write the text nor a path or a program's input is one.
  for (
    const definition of [
      write("token: ${{ '${{ secrets.CI_TOKEN }}' }}"),
      workflow(step("s", { action: "fs.read", params: { path: "/x/${{secrets.DIR}}" } })),
      workflow(
        step("s", { action: "shell.exec", params: { command: "x", stdin: "${{secrets.X}}" } }),
      ),
    ]
  ) assert.deepEqual(issues(definition), { errors: [], warnings: [] });
});

test("a comparison that can never be true is a warning, with the field that was meant", () => {
  const get = { id: "get", action: "http.get", params: { url: "http://a.b" } };
  const run = { id: "run", action: "shell.exec", params: { command: "x" } };
  const warned = (condition: string) =>
    issues(workflow(get, run, log("x", { id: "l", condition, depends_on: ["get", "run"] })))
      .warnings;
  const never = (what: string, types: string, meant = "") => [
    `steps[2].condition: compares ${what}, which is ${
      /^i/.test(types) ? "an" : "a"
    } ${types}: they are never equal${meant}`,
  ];
  const meant = "; did you mean steps.get.output.status_code?";
  assert.deepEqual(
    warned("steps.get.output.status == 200"),
    never('"status" of step "get"', "string, with a number", meant),
  );
  assert.deepEqual(
    warned("steps.get.status != 200"),
    never('the status of step "get"', "string, with a number", meant),
  );
  assert.deepEqual(
    warned("steps.get.status_code == '200'"),
    never('"status_code" of step "get"', "integer, with a string"),
  );
  assert.deepEqual(
    warned("steps.run.output.exit_code == false"),
    never('"exit_code" of step "run"', "integer, with a boolean"),
  );
  for (
    const fine of [
      "steps.get.output.status_code == 200",
      "steps.get.output.status == '200 OK' || steps.get.status == 'completed'",
      "steps.get.output.body == 200 && steps.run.output.stdout != 'x'",
      "steps.run.output.exit_code == inputs.code",
    ]
  ) assert.deepEqual(warned(fine), [], fine);
});
