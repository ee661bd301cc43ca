// Which texts of a definition are told as secrets in the clear, and that they are not shown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { JsonObject } from "../../../core/json.ts";
import { errorsOf, loop, step, warningsOf, workflow } from "./support.ts";

const actions = createRegistry(builtinActions);
const told = (definition: JsonObject) =>
  warningsOf(definition, { actions }).filter((line) => line.includes("in plain text"));
const log = (data: JsonObject, more: JsonObject = {}) =>
  step("s", { params: { message: "m", data }, ...more });
/** In two pieces, so that no tool takes this file for one that leaks. */
const long = (start: string, more = "a1B2c3D4e5F6a7B8c9D0") => start + more;

const SECRETS: [member: string, text: string, name: string][] = [
  ["Authorization", long("Bearer "), "API_TOKEN"],
  ["authorization", "abc", "API_TOKEN"],
  ["x", long("ghp_"), "GITHUB_TOKEN"],
  ["x", long("sk-proj-"), "API_KEY"],
  ["x", long("xoxb-"), "SLACK_TOKEN"],
  ["x", long("AKIA", "ABCDEFGHIJKLMNOP"), "AWS_ACCESS_KEY"],
  ["x", long("see https://bob:", "pw1@db.example/x"), "PASSWORD"],
  ["x", long("https://a.example/?api_key=", "12345678"), "API_KEY"],
  ["x", long("-----BEGIN RSA ", "PRIVATE KEY-----"), "PRIVATE_KEY"],
  ["api_key", "abc", "API_KEY"],
  ["apiKey", "abc", "API_KEY"],
  ["X-Api-Key", "abc", "X_API_KEY"],
  ["DB_PASSWORD", "abc", "DB_PASSWORD"],
  ["token", "abc", "TOKEN"],
];

for (const [key, text, name] of SECRETS) {
  test(`${key}: ${text.slice(0, 12)}… is a warning that names the field and does not show it`, () => {
    const [warning = "", ...others] = told(workflow(loop("l", log({ [key]: [text][0]! }))));
    assert.deepEqual(others, []);
    assert.ok(warning.startsWith("steps[0].config.body[0].params.data"), warning);
    assert.ok(
      warning.includes(`"opcode secret set ${name}" and write \${{secrets.${name}}}`),
      warning,
    );
    assert.ok(text === "abc" || !warning.includes(text.slice(-10)), warning);
    assert.equal(told({ ...workflow(step("a")), inputs: { [key]: text } }).length, 1);
  });
}

test("what is a token, a variable, a word or meant as it stands is no secret", () => {
  const fine: JsonObject[] = [
    { Authorization: "Bearer ${{secrets.KEY}}", token: "${{inputs.t}}", password: "" },
    {
      url: "https://a.example:8080/x@y",
      text: "the bearer of this letter, as said",
      max_tokens: "5",
    },
    { x: "task-name-of-many-words-without-any", password: "the one that you were given", pwd: 5 },
    { api_key: "$API_KEY", secret_name: "abc", token: "<your token>", tokens: "abc" },
    { url: "https://bob:${{secrets.P}}@db.example/" },
  ];
  for (const data of fine) assert.deepEqual(told(workflow(log(data))), [], JSON.stringify(data));
  assert.deepEqual(told(workflow(log({ token: "abc" }, { "x-literal": true }))), []);
});

test("of one step twenty are told", () => {
  const keys = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}_token`, "abc"]));
  assert.equal(told(workflow(log(keys))).length, 20);
});

const TOKEN = long("ghp_");

test("a secret in a config, a guard, metadata or the context is told to be taken out", () => {
  const ask = (config: JsonObject): JsonObject => ({
    id: "q",
    type: "reasoning",
    config: { prompt_context: "go on?", options: [{ id: "yes" }], ...config },
  });
  const places: [definition: JsonObject, path: string][] = [
    [workflow(ask({ prompt_context: `use ${TOKEN}` })), "steps[0].config.prompt_context"],
    [workflow(ask({ data_inject: { token: "abc" } })), "steps[0].config.data_inject.token"],
    [
      workflow(ask({ options: [{ id: "yes", description: TOKEN }] })),
      "steps[0].config.options[0].description",
    ],
    [workflow({ id: "w", type: "wait", config: { signal: TOKEN } }), "steps[0].config.signal"],
    [workflow(log({}, { condition: `inputs.t == '${TOKEN}'` })), "steps[0].condition"],
    [{ ...workflow(log({})), metadata: { owner: { token: "abc" } } }, "metadata.owner.token"],
    [{ ...workflow(log({})), context: { notes: TOKEN } }, "context.notes"],
  ];
  for (const [definition, path] of places) {
    const [warning = "", ...others] = told(definition);
    assert.deepEqual(others, [], path);
    assert.ok(warning.startsWith(`${path}: looks like a secret`), `${path}: ${warning}`);
    assert.match(warning, /take it out; one that is stored by .* is read in params, as/);
    assert.ok(!warning.includes(TOKEN));
  }
});

test("a step inside another is told once, and a path is no secret", () => {
  assert.equal(told(workflow(loop("l", log({ x: TOKEN })))).length, 1);
  assert.deepEqual(
    told(workflow(log({ token: "inputs.token", password: "steps.a.output.p" }))),
    [],
  );
});

test("an input whose default is a secret is not shown with a decision either", () => {
  const ask = (config: JsonObject) => ({
    ...workflow({ id: "q", type: "reasoning", config: { options: [{ id: "yes" }], ...config } }),
    inputs: { key: "${{secrets.KEY}}", n: 1 },
  });
  for (
    const config of [
      { prompt_context: "with ${{inputs.key}}?" },
      { prompt_context: "?", data_inject: { k: "inputs.key" } },
      { prompt_context: "?", options: [{ id: "yes", description: "${{ inputs.key }}" }] },
    ]
  ) {
    assert.match(
      errorsOf(ask(config), { actions })[0]!,
      /reads input "key", whose default is a sec/,
    );
  }
  assert.deepEqual(errorsOf(ask({ prompt_context: "with ${{inputs.n}}?" }), { actions }), []);
});
