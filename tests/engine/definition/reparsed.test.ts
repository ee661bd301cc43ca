// Where a value that a token puts into a larger text would be read as code.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { JsonObject } from "../../../core/json.ts";
import { errorsOf, warningsOf, workflow } from "./support.ts";

const actions = createRegistry(builtinActions);

function warnings(action: string, params: JsonObject): string[] {
  const definition = { ...workflow({ id: "a", action, params }), inputs: { x: "y" } };
  assert.deepEqual(errorsOf(definition, { actions }), []);
  return warningsOf(definition, { actions });
}

const X = "${{inputs.x}}";
const post = (body: JsonObject[string]) => ["http.post", { url: "http://x", body }] as const;
const run = (command: string, ...args: string[]) => ["shell.exec", { command, args }] as const;

const WARNED: [what: string, call: readonly [string, JsonObject], message: RegExp][] = [
  [
    "JSON as a text body",
    post(`{"name": "${X}"}`),
    /^steps\[0\]\.params\.body: .*JSON text.*object: \{"name": "\$\{\{…\}\}"\}$/,
  ],
  ["a list as a text body", post(` [${X}]`), /params\.body: puts a value into JSON text/],
  [
    "the same with any method",
    ["http.request", { url: "http://x", body: `{"a":${X}}` }],
    /params\.body: /,
  ],
  [
    "JSON without values as a text body",
    post('{"a": 1}'),
    /params\.body: is sent as a JSON string, in quotes; write the object itself, .*"raw"/,
  ],
  ["a list of JSON", post(" [1]"), /params\.body: is sent as a JSON string.*write the list/],
  [
    "JSON as stdin",
    ["shell.exec", { command: "jq", stdin: `{"a":"${X}"}` }],
    /params\.stdin: .*all of stdin/,
  ],
  [
    "shell: true",
    ["shell.exec", { command: `ls ${X}`, shell: true }],
    /params\.command: .*\/bin\/sh reads as code; add it to args/,
  ],
  [
    "sh -c",
    run("sh", "-c", `ls ${X}`),
    /params\.args\[1\]: .*read it there as "\$1" .*\["-c", "…", "sh", "\$\{\{…\}\}"\]$/,
  ],
  [
    "bash -ec by its path",
    run("/bin/bash", "-ec", `ls '${X}'`),
    /params\.args\[1\]: .*\["-ec", "…", "bash", /,
  ],
  [
    "python -c",
    run("python3", "-c", `print("${X}")`),
    /sys\.argv\[1\] .*\["-c", "…", "\$\{\{…\}\}"\]$/,
  ],
  [
    "node -e",
    run("node", "--no-warnings", "-e", `f("${X}")`),
    /params\.args\[2\]: .*process\.argv\[1\]/,
  ],
  ["perl -ne", run("perl", "-ne", `print "${X}"`), /ARGV\[0\]/],
];

for (const [what, [action, params], message] of WARNED) {
  test(`a value in ${what} is a warning with the safe form`, () => {
    const found = warnings(action, params);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0]!, message);
  });
}

const SAFE: [what: string, call: readonly [string, JsonObject]][] = [
  ["an object body", post({ name: X })],
  ["a whole body", post(X)],
  ["a text that is no JSON", post(`hello ${X}`)],
  ["text in braces that is no JSON", post("{a: 1}")],
  [
    "JSON that is sent as it stands",
    ["http.post", { url: "http://x", body: '{"a": 1}', body_encoding: "raw" }],
  ],
  ["args beside the code", run("sh", "-c", 'ls "$1"', "sh", X)],
  ["args with shell: true", ["shell.exec", { command: "ls", args: [X], shell: true }]],
  ["the env of a line", ["shell.exec", { command: 'ls "$D"', env: { D: X }, shell: true }]],
  ["a program's own argument", run("git", "-c", `user.name=${X}`)],
  ["a whole program", run("sh", "-c", X)],
  ["what is only a number or an id", run("sh", "-c", "echo ${{workflow.run_id}}")],
];

for (const [what, [action, params]] of SAFE) {
  test(`${what}: no warning`, () => assert.deepEqual(warnings(action, params), []));
}
