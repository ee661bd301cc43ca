// Advice for another tool's word has the author's own value in it, never one that nobody has given.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { JsonObject } from "../../../core/json.ts";
import { errorsOf, step, workflow } from "./support.ts";

const actions = createRegistry(builtinActions);
const inStep = (more: JsonObject) => errorsOf(workflow(step("a", more)), { actions });
const log = { action: "workflow.log", params: { message: "x" } };

const STEPS: [what: string, step: JsonObject, written: RegExp][] = [
  ["a number of retries", { ...log, retries: 2 }, /\.retries: .*write "retry": \{"max": 2\}$/],
  ["one as text", { ...log, maxRetries: "7" }, /write "retry": \{"max": 7\}$/],
  ["no number", { ...log, retries: "some" }, /write "retry": \{"max": N\}$/],
  ["a policy", { ...log, retry_policy: { max: 2 } }, /write "retry" for it$/],
  [
    "a number that counts the first try",
    { ...log, attempts: 5 },
    /write "retry": \{"max": 4\} \(the tries after the first\)$/,
  ],
  [
    "retries in a handler",
    { ...log, on_error: { strategy: "ignore", retries: 4 } },
    /beside it, in the step: "retry": \{"max": 4\}$/,
  ],
  [
    "a delay in a handler",
    { ...log, on_error: { strategy: "retry", delay: "9s" } },
    /beside it, in the step: "retry": \{"max": N, "delay": "9s"\}$/,
  ],
  ["a guard", { ...log, if: "${{inputs.x}} == 1" }, /write "condition": "inputs\.x == 1" in CEL/],
  ["its contrary", { ...log, unless: "inputs.x" }, /write "condition": "!\(inputs\.x\)" in CEL/],
  ["a flag that is off", { ...log, failOnError: false }, /write "fail_on_error": false in params$/],
  [
    "a failure that is not ignored",
    { ...log, continue_on_error: false },
    /: unknown key; leave it /,
  ],
  ["one that is", { ...log, continue_on_error: true }, /"on_error": \{"strategy": "ignore"\}$/],
  ["how long to sleep", { ...log, sleep: "10m" }, /"config": \{"duration": "10m"\}\}$/],
  ["an action that sleeps", { action: "sleep", params: { ms: 250 } }, /\{"duration": "250ms"\}\}$/],
  ["one by seconds", { action: "sleep", params: { seconds: 10 } }, /\{"duration": "10s"\}\}$/],
  ["items", { ...log, foreach: [1, 2] }, /"config": \{"over": \[1,2\], "body"/],
  ["a line of a shell", { ...log, run: "ls -l" }, /"args": \["-c", "ls -l"\]/],
  ["a question", { ...log, prompt: "Go on?" }, /"prompt_context": "Go on\?", "options"/],
  [
    "its options",
    { ...log, choices: ["yes", "no"] },
    /"options": \[\{"id": "yes"\}, \{"id": "no"\}\]/,
  ],
];
for (const [what, written, advice] of STEPS) {
  test(`${what}: the advice has it`, () => {
    const told = inStep(written);
    assert.ok(told.some((line) => advice.test(line)), told.join("\n"));
  });
}

test("what stands in a policy of retries, or for all steps", () => {
  const [, attempts] = inStep({ ...log, retry: { attempts: 4 } });
  assert.match(attempts!, /attempts: unknown key; write "max": 3 \(the tries after the first\)$/);
  const told = errorsOf({ ...workflow(step("a", log)), retries: 7, strict: false });
  assert.deepEqual(told, [
    'retries: unknown key; for all steps write "defaults": {"retry": {"max": 7}}',
    'strict: unknown key; for all steps write "defaults": {"fail_on_error": false}',
  ]);
});
