// A retry or handler that does not see the failure it was most likely written for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { JsonObject } from "../../../core/json.ts";
import { loop, warningsOf, workflow } from "./support.ts";

const actions = createRegistry(builtinActions);
const warnings = (step: JsonObject) => warningsOf(workflow({ id: "a", ...step }), { actions });
const get = (params: JsonObject = {}) => ({
  action: "http.get",
  params: { url: "http://x", ...params },
});
const retry = { max: 3 };

const WARNED: [what: string, step: JsonObject, message: RegExp][] = [
  [
    "a retry of a request",
    { ...get(), retry },
    /^steps\[0\]\.retry: .*503.*write "fail_on_error_status": true in params/,
  ],
  [
    "a handler of a request",
    { ...get(), on_error: { strategy: "ignore" } },
    /^steps\[0\]\.on_error: .*"fail_on_error_status": true/,
  ],
  [
    "a retry of a program",
    { action: "shell.exec", params: { command: "x" }, retry },
    /^steps\[0\]\.retry: .*any code.*"fail_on_error": true/,
  ],
];
for (const [what, step, message] of WARNED) {
  test(`${what} that sees no status is a warning with the literal fix`, () => {
    const found = warnings(step);
    assert.equal(found.length, 1);
    assert.match(found[0]!, message);
  });
}

const FINE: [what: string, step: JsonObject][] = [
  ["a request that fails by its status", { ...get({ fail_on_error_status: true }), retry }],
  ["one whose author has decided", { ...get({ fail_on_error_status: false }), retry }],
  ["one without retry", get()],
  ["no retries", { ...get(), retry: { max: 0 } }],
  ["an action that fails by itself", { action: "fs.read", params: { path: "/x" }, retry }],
];
for (const [what, step] of FINE) {
  test(`${what}: no warning`, () => assert.deepEqual(warnings(step), []));
}

const several = (definition: JsonObject) => warningsOf(definition, { actions });

test("where several steps have the trouble, each says what mends all of them", () => {
  const steps = [{ id: "a", ...get(), retry }, loop("l", { id: "b", ...get(), retry })];
  const mend =
    /, or once for all 2 such steps "defaults": \{"fail_on_error_status": true\} beside "steps" \(/;
  const found = several({ steps });
  assert.equal(found.length, 2);
  for (const line of found) assert.match(line, mend);
  assert.deepEqual(several({ steps, defaults: { fail_on_error_status: true } }), []);
  const [beside] = several({ steps, defaults: { timeout: "5s" } });
  assert.match(beside!, /such steps "fail_on_error_status": true in defaults \(/);
});

const HANDLERS: JsonObject[] = [{ retry }, { on_error: { strategy: "ignore" } }];
for (const handler of HANDLERS) {
  const [name] = Object.keys(handler);
  test(`a default ${name} that sees no failure is one warning for all its steps`, () => {
    const steps = [1, 2, 3, 4, 5, 6, 7].map((n) => ({ id: `s${n}`, ...get() }));
    const found = several({ steps, defaults: handler });
    assert.equal(found.length, 1);
    assert.match(
      found[0]!,
      new RegExp(
        `^defaults\\.${name}: .*by "s1", .*"s5" and 2 more: write "fail_on_error_status": true`,
      ),
    );
    for (const fail_on_error_status of [true, false]) {
      assert.deepEqual(several({ steps, defaults: { ...handler, fail_on_error_status } }), []);
    }
  });
}
