// Which texts are told as tokens that were meant, because what they name is there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { validateDefinition } from "../../../engine/definition/validate.ts";
import { errorsOf, step, warningsOf, workflow } from "./support.ts";

const actions = createRegistry(builtinActions);
const INPUTS = { n: 1, "page-size": 2, id: 3, name: "x" };
const told = (params: JsonObject, more: JsonObject = {}) =>
  warningsOf({
    ...workflow(
      step("get-a", { params: { message: "m" } }),
      step("s", { params, depends_on: ["get-a"], ...more }),
    ),
    inputs: INPUTS,
  }, { actions });
const log = (message: Json) => told({ message });
const shell = (params: JsonObject) => told(params, { action: "shell.exec" });
const write = (found: string, token: string) =>
  `"${found}" looks like a token: write \${{${token}}}`;

test("a name that is there, written as in other languages, is told with the literal token", () => {
  const cases: [text: string, found: string, token: string][] = [
    ["see $n, please", "$n", "inputs.n"],
    ["${n}", "${n}", "inputs.n"],
    ["{{n}}", "{{n}}", "inputs.n"],
    ["a {{ page-size }} b", "{{ page-size }}", "inputs.page-size"],
    ["{{get-a}}", "{{get-a}}", "steps.get-a.output"],
    ["${{inputs.n}} and $name", "$name", "inputs.name"],
  ];
  for (const [text, found, token] of cases) {
    assert.deepEqual(log(text), [`steps[1].params.message: ${write(found, token)}`], text);
  }
  const read = workflow(step("s", { params: { message: "${{inputs.dir}} $dir" } }));
  assert.deepEqual(warningsOf(read, { actions }), [
    `steps[0].params.message: ${write("$dir", "inputs.dir")}`,
  ]);
  const inDefaults = {
    ...workflow(step("s", { params: { message: "m" } })),
    inputs: { a: 1, b: "$a" },
  };
  assert.deepEqual(warningsOf(inDefaults, { actions }), [`inputs.b: ${write("$a", "inputs.a")}`]);
});

test("a path that stands alone, and a secret anywhere, are told as text", () => {
  const text = (found: string) =>
    `steps[1].params.message: "${found}" is text as it stands; for the value write \${{${found}}}`;
  for (const path of ["inputs.n", "steps.get-a.output", "secrets.API_KEY"]) {
    assert.deepEqual(log(path), [text(path)]);
  }
  assert.deepEqual(log("Bearer secrets.API_KEY"), [text("secrets.API_KEY")]);
});

test("what names nothing that is there, or something else, is left alone", () => {
  const fine = [
    "$5.00 and $other, $n_",
    "query($id: ID!) { user(id: $id) }",
    "https://a.example/?$id=5",
    "inputs.other",
    "all inputs.n are kept",
    "steps.other.output",
    "steps.get-a",
    "secrets.md and my.secrets.KEY",
  ];
  for (const text of fine) assert.deepEqual(log(text), [], text);
  assert.deepEqual(told({ message: "m", data: { $id: 1 } }), []);
});

test("twenty thousand variables of a program are searched for once", () => {
  const args = ["n=1", ...Array.from({ length: 20_000 }, () => "$n".repeat(10))];
  const command = `n=1; ${"$n ".repeat(100_000)}`;
  assert.deepEqual(shell({ command: "sh", args }), []);
  assert.deepEqual(shell({ command, shell: true }), []);
});

test("a program's own variables are its own, others are told", () => {
  assert.deepEqual(shell({ command: "echo", args: ["$n"] }), [
    `steps[1].params.args[0]: ${write("$n", "inputs.n")}`,
  ]);
  const fine: JsonObject[] = [
    { command: 'ls "$n"', env: { n: "${{inputs.n}}" }, shell: true },
    { command: "n=5; echo $n", shell: true },
    { command: "set -e\nn=5\necho $n", shell: true },
    { command: "for n in 1 2; do echo ${n}; done", shell: true },
    { command: "while read -r id name; do echo $name; done", shell: true },
    { command: "jq", args: ["--arg", "n", "5", ".[$n]"] },
    { command: "jq", args: [".[] as $n | $n"] },
    { command: "echo $HOME ${USER}", shell: true },
    { command: "docker", args: ["ps", "--format", "{{.name}}"] },
  ];
  for (const params of fine) assert.deepEqual(shell(params), [], JSON.stringify(params));
});

test("a name in single braces, and a segment of a URL, are told where the name is there", () => {
  const cases: [text: string, found: string, token: string][] = [
    ["hello {name}, page {page-size}", "{name}", "inputs.name"],
    ["of {get-a}", "{get-a}", "steps.get-a.output"],
    ["#{name}", "#{name}", "inputs.name"],
    ["see @{n}", "@{n}", "inputs.n"],
    ["https://x.test/users/{id}/posts", "{id}", "inputs.id"],
    ["https://x.test/users/:id/posts", ":id", "inputs.id"],
    ["${{inputs.n}} of {name}", "{name}", "inputs.name"],
  ];
  for (const [text, found, token] of cases) {
    assert.deepEqual(log(text), [`steps[1].params.message: ${write(found, token)}`], text);
  }
});

test("braces of a language, of a name that is not there, or meant so, are left alone", () => {
  const fine = [
    "hello {other}",
    '{"a": {"b": 1}, "c": {n}}',
    "query { user {name} }",
    "if (x) { return {name}; }",
    "\\frac{n}{id} and \\{name\\}",
    "body{n}",
    "a:id, http://x.test:8080/:other and 12:n",
  ];
  for (const text of fine) assert.deepEqual(log(text), [], text);
  assert.deepEqual(told({ message: "hello {name}" }, { "x-literal": true }), []);
  assert.deepEqual(shell({ command: "sh", args: ["-c", "echo {n}"] }), []);
});

test("a token of an input's bare name says how it is read", () => {
  const { errors } = validateDefinition({
    ...workflow(step("s", { params: { message: "${{name}}" } })),
    inputs: INPUTS,
  }, { actions });
  assert.match(
    errors[0]!.message,
    /unknown namespace "name".*; the input is \$\{\{inputs\.name\}\}$/,
  );
});

test("the path of a step that is there, in other marks or alone, is an error with all of the path", () => {
  const errors = (message: string, more: JsonObject = {}) =>
    errorsOf(
      workflow(
        step("a", { params: { message: "m" } }),
        step("get-a", { params: { message: "m" } }),
        step("s", { params: { message }, depends_on: ["a", "get-a"], ...more }),
      ),
      { actions },
    );
  const cases: [text: string, found: string, token: string][] = [
    ["$a.output.result", "$a.output.result", "steps.a.output.result"],
    ["got $a.output.items[0].n.", "$a.output.items[0].n", "steps.a.output.items[0].n"],
    ["${a.output.result}", "${a.output.result}", "steps.a.output.result"],
    ["{{ a.output.result }}", "{{ a.output.result }}", "steps.a.output.result"],
    ["{a.output['k']}", "{a.output['k']}", "steps.a.output['k']"],
    ["$(get-a.output)", "$(get-a.output)", "steps.get-a.output"],
    ["<%= a.status %>", "<%= a.status %>", "steps.a.status"],
    ["a.output.result", "a.output.result", "steps.a.output.result"],
  ];
  for (const [text, found, token] of cases) {
    assert.deepEqual(errors(text), [
      `steps[2].params.message: ${
        JSON.stringify(found)
      } looks like a token: write \${{${token}}}; ` +
      'if it is meant as it stands, "x-literal": true on the step says so',
    ], text);
    assert.deepEqual(errors(`\${{${token}}}`), [], token);
    assert.deepEqual(errors(text, { "x-literal": true }), []);
  }
  const fine = ["$b.output", "b.output.x", "the a.output of it", "$a.outputs", "x$a.output"];
  for (const text of fine) assert.deepEqual(errors(text), [], text);
});

test("a token and CEL with the id of a step in front are answered with all of the path", () => {
  const read = (more: JsonObject) =>
    errorsOf(workflow(
      step("a", { params: { message: "m" } }),
      step("s", { depends_on: ["a"], ...more }),
    ))[0]!;
  const token = (path: string) => read({ params: { message: `\${{${path}}}` } });
  assert.match(
    token("a.output.result"),
    /what the step gave is \$\{\{steps\.a\.output\.result\}\}$/,
  );
  assert.match(token("a.result.n"), /what the step gave is \$\{\{steps\.a\.output\.result\.n\}\}$/);
});
