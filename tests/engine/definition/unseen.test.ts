// A retry or handler that does not see the failure it was most likely written for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { JsonObject } from "../../../core/json.ts";
import { warningsOf, workflow } from "./support.ts";

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
