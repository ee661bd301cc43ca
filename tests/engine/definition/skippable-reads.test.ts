// Whether a step that reads what another gives which may not have run says so when it is defined.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { openTestEngine } from "../../support/test-engine.ts";
import { loop, warningsOf } from "./support.ts";

const actions = createRegistry(builtinActions);
const INPUTS = { go: true, n: 1 };

const log = (id: string, message: string, more: JsonObject = {}): JsonObject => ({
  id,
  action: "workflow.log",
  params: { message },
  ...more,
});
const after = (id: string) => ({ depends_on: [id] });
const SKIPPED = log("a", "x", { condition: "inputs.go" });
const IGNORED = log("a", "x", { on_error: { strategy: "ignore" } });
const READ = "${{steps.a.output.logged}}";

const told = (steps: Json[], more: JsonObject = {}) =>
  warningsOf({ inputs: INPUTS, steps, ...more }, { actions });

const ASK = "steps.a.status == 'completed'";
const EMPTY: [what: string, steps: Json[], rule: RegExp][] = [
  [
    "a token",
    [SKIPPED, log("b", READ, after("a"))],
    /^steps\[1\]\.params\.message: reads step "a", which is skipped where its condition is false: .*; write "condition": "steps\.a\.status == 'completed'" on the step that reads it, or \$\{\{steps\.a\.status == 'completed' \? steps\.a\.output\.logged : 'other'\}\}$/,
  ],
  [
    "an expression",
    [SKIPPED, log("b", "${{steps.a.output.logged ? 1 : 2}}", after("a"))],
    /, or steps\.a\.status == 'completed' \? steps\.a\.output\.logged : 'other'$/,
  ],
  [
    "a condition",
    [SKIPPED, log("b", READ, { ...after("a"), condition: "steps.a.output.logged" })],
    /^steps\[1\]\.condition: .*ask first: steps\.a\.status == 'completed' && …$/,
  ],
  [
    "a condition of another matter",
    [SKIPPED, log("b", READ, { ...after("a"), condition: "inputs.n > 3" })],
    /reads step "a"/,
  ],
  ["what is ignored", [IGNORED, log("b", READ, after("a"))], /which may fail and is ignored then:/],
  [
    "what has a fallback",
    [
      log("a", "x", { on_error: { strategy: "fallback_step", fallback_step: "f" } }),
      log("f", "x"),
      log("b", READ, after("a")),
    ],
    /has the fallback "f" where it fails: .*\? steps\.a\.output\.logged : steps\.f\.output\.logged\}\}$/,
  ],
  [
    "a fallback",
    [
      log("p", "x", { on_error: { strategy: "fallback_step", fallback_step: "a" } }),
      log("a", "x"),
      log("b", READ, after("p")),
    ],
    /reads step "a", which is a fallback that may not be needed: .* : steps\.p\.output\.logged\}\}$/,
  ],
  [
    "a program of Expr",
    [SKIPPED, {
      id: "b",
      action: "expr.eval",
      ...after("a"),
      params: { expression: "steps.a.output.logged" },
    }],
    /^steps\[1\]\.params\.expression: reads step "a"/,
  ],
  [
    "inside a loop",
    [loop("l", { ...SKIPPED, condition: "iter.index > 0" }, log("b", READ))],
    /^steps\[0\]\.config\.body\[1\]\.params\.message: reads step "a"/,
  ],
];
for (const [what, steps, rule] of EMPTY) {
  test(`a read of what may not have run is a warning: ${what}`, () => {
    const [found, ...others] = told(steps);
    assert.match(found ?? "", rule);
    assert.deepEqual(others, []);
  });
}

const FINE: [what: string, steps: Json[]][] = [
  ["one that always runs", [log("a", "x", { condition: "true" }), log("b", READ, after("a"))]],
  ["its status", [SKIPPED, log("b", "${{steps.a.status}}", after("a"))]],
  ["a condition that asks", [SKIPPED, log("b", READ, { ...after("a"), condition: ASK })]],
  ["the same condition", [SKIPPED, log("b", READ, { ...after("a"), condition: "inputs.go" })]],
  [
    "one that says more",
    [SKIPPED, log("b", READ, { ...after("a"), condition: "inputs.n == 1 && inputs.go == true" })],
  ],
  [
    "a condition around it",
    [SKIPPED, {
      id: "c",
      type: "condition",
      ...after("a"),
      config: { expression: ASK, branches: { true: [log("b", READ)] } },
    }],
  ],
  ["a token that asks", [
    SKIPPED,
    log("b", `\${{${ASK} ? steps.a.output.logged : 1}}`, after("a")),
  ]],
  ["has", [SKIPPED, log("b", "${{has(steps.a.output.logged) ? 1 : 2}}", after("a"))]],
  ["null", [SKIPPED, log("b", "${{steps.a.output == null ? 1 : 2}}", after("a"))]],
  [
    "data of a program",
    [SKIPPED, {
      id: "b",
      action: "jq.transform",
      ...after("a"),
      params: { filter: ".x // 1", data: { x: "${{steps.a.output}}" } },
    }],
  ],
  [
    "a program that asks",
    [SKIPPED, {
      id: "b",
      action: "expr.eval",
      ...after("a"),
      params: { expression: "steps.a?.logged ?? false" },
    }],
  ],
  ["both in what is skipped", [{
    ...loop("l", log("a", "x"), log("b", READ)),
    condition: "inputs.go",
  }]],
  [
    "one or the other of a step and its fallback",
    [
      log("a", "x", { on_error: { strategy: "fallback_step", fallback_step: "f" } }),
      log("f", "x"),
      log("b", `\${{${ASK} ? steps.a.output.logged : steps.f.output.logged}}`, after("a")),
      log("c", "${{steps.f.output.logged}}", {
        ...after("a"),
        condition: "steps.a.status != 'completed'",
      }),
    ],
  ],
  [
    "a fallback that reads why",
    [
      log("a", "x", { on_error: { strategy: "fallback_step", fallback_step: "f" } }),
      log("f", "${{steps.a.error.message}} ${{steps.a.output}}"),
    ],
  ],
];
for (const [what, steps] of FINE) {
  test(`no warning: ${what}`, () => assert.deepEqual(told(steps), []));
}

test("the hook of a failed run may read what is not there, that of a completed one is told", () => {
  const hook = log("h", READ);
  assert.deepEqual(told([SKIPPED], { on_error: hook }), []);
  assert.match(
    told([SKIPPED], { on_complete: hook })[0]!,
    /^on_complete\.params\.message: reads st/,
  );
});

test("what is told comes to pass, and the advice helps", async () => {
  const { opcode } = await openTestEngine();
  const echo = (id: string, params: JsonObject, more: JsonObject = {}) => ({
    id,
    action: "test.echo",
    params,
    ...more,
  });
  const run = async (name: string, text: string, more: JsonObject = {}) => {
    const steps = [
      echo("a", { x: 1 }, { condition: "false" }),
      echo("b", { text }, { depends_on: ["a"], ...more }),
    ];
    await opcode.define({ name, agent_id: "a", definition: { steps } });
    const { status, output = null } = await opcode.run({ template_name: name, agent_id: "a" });
    return { status, output };
  };
  const read = "x ${{steps.a.output.x}}";
  assert.deepEqual(await run("silent", read), { status: "completed", output: { text: "x null" } });
  assert.equal((await run("loud", "${{steps.a.output.x + 1}}")).status, "failed");
  assert.deepEqual((await run("guarded", read, { condition: ASK })).output, null);
  const choice = `\${{${ASK} ? steps.a.output.x : 'other'}}`;
  assert.deepEqual((await run("asked", choice)).output, { text: "other" });
});
