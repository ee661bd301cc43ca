// What steps have by the definition's defaults, and what is wrong with defaults.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { withDefaults } from "../../../engine/definition/defaults.ts";
import type { StepDefinition, WorkflowDefinition } from "../../../engine/definition/types.ts";
import { branch, errorsOf, loop, parallel, step, warningsOf } from "./support.ts";

const actions = createRegistry(builtinActions);
const get = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  action: "http.get",
  ...more,
  params: { url: "http://x", ...more.params as JsonObject },
});
const program = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  action: "shell.exec",
  params: { command: "x" },
  ...more,
});
const child = (id: string): JsonObject => ({
  id,
  action: "workflow.run",
  params: { template_name: "x" },
});
const wait = { id: "pause", type: "wait", config: { duration: "1s" } };

function resolved(defaults: JsonObject, steps: JsonObject[], more: JsonObject = {}) {
  const written = { steps, defaults, ...more };
  const before = JSON.stringify(written);
  const { definition } = withDefaults(written as unknown as WorkflowDefinition, actions);
  assert.equal(JSON.stringify(written), before, "what the author wrote is left as it is");
  return definition;
}

/** The only step inside of a step that holds others. */
function inside({ config }: StepDefinition): StepDefinition {
  const { body, branches } = config as { body?: Json; branches?: Json };
  const [list] = body ? [body] : Object.values(branches as JsonObject);
  return (list as unknown as StepDefinition[])[0]!;
}

const ALL = {
  fail_on_error: true,
  fail_on_error_status: true,
  timeout: "5s",
  retry: { max: 2 },
  on_error: { strategy: "ignore" },
};

test("each step has what it can use, and its own value where it has one", () => {
  const own = { timeout: "1m", retry: { max: 0 }, on_error: { strategy: "retry" } };
  const { steps: [request, exec, log, decided] } = resolved(ALL, [
    get("request"),
    program("exec"),
    step("log"),
    get("decided", { ...own, params: { fail_on_error_status: false } }),
  ]);
  const handlers = { timeout: "5s", retry: { max: 2 }, on_error: { strategy: "ignore" } };
  assert.deepEqual(request, {
    ...get("request", { params: { fail_on_error_status: true } }),
    ...handlers,
  });
  assert.deepEqual(exec, {
    ...program("exec", { params: { command: "x", fail_on_error: true } }),
    ...handlers,
  });
  assert.deepEqual(log, { ...step("log"), ...handlers });
  assert.deepEqual(decided, get("decided", { ...own, params: { fail_on_error_status: false } }));
});

test("a param that is null is none, and one that is a token is one", () => {
  const { steps: [empty, asked] } = resolved({ fail_on_error_status: true }, [
    get("empty", { params: { fail_on_error_status: null } }),
    get("asked", { params: { fail_on_error_status: "${{inputs.strict}}" } }),
  ]);
  assert.equal(empty!.params!.fail_on_error_status, true);
  assert.equal(asked!.params!.fail_on_error_status, "${{inputs.strict}}");
});

test("steps inside of others have them too, and those that hold them have not", () => {
  const holders = [
    loop("loop", get("in")),
    branch("condition", "__proto_", get("in")),
    parallel("parallel", [get("in")]),
  ];
  const definition = resolved(ALL, [...holders, child("child"), wait]);
  for (const [i, holder] of definition.steps.slice(0, 3).entries()) {
    assert.deepEqual(Object.keys(holder), Object.keys(holders[i]!));
    assert.equal(inside(holder).timeout, "5s");
    assert.equal(inside(holder).params!.fail_on_error_status, true);
  }
  assert.deepEqual(definition.steps[3], child("child"));
  assert.deepEqual(definition.steps[4], wait);
});

test("the steps of a default branch have them", () => {
  const choice = branch("c", "a", step("x"));
  (choice.config as JsonObject).default = [step("y")];
  const { steps: [made] } = resolved(ALL, [choice]);
  const config = made!.config as unknown as { default: StepDefinition[] };
  assert.equal(config.default[0]!.timeout, "5s");
});

test("hooks have all of them but on_error", () => {
  const { on_complete, on_error } = resolved(ALL, [step("a")], {
    on_complete: get("tell"),
    on_error: get("cry"),
  });
  for (const hook of [on_complete!, on_error!]) {
    assert.equal(hook.params!.fail_on_error_status, true);
    assert.equal(hook.timeout, "5s");
    assert.deepEqual(hook.retry, { max: 2 });
    assert.equal(hook.on_error, undefined);
  }
});

test("the step that all others fall back to does not fall back to itself", () => {
  const defaults = { on_error: { strategy: "fallback_step", fallback_step: "b" } };
  const { steps: [a, b] } = resolved(defaults, [get("a"), loop("b", get("in"))]);
  assert.deepEqual(a!.on_error, defaults.on_error);
  assert.equal(inside(b!).on_error, undefined);
  assert.deepEqual(
    errorsOf({ defaults, steps: [get("a"), loop("b", get("in"))] }, { actions }),
    [],
  );
});

const ERRORS: [defaults: Json, error: string][] = [
  [
    true,
    'defaults: must be an object, not a boolean; write {"fail_on_error": true, "fail_on_error_status": true}',
  ],
  [
    { fail_on_error: "true" },
    "defaults.fail_on_error: must be a boolean, not a string; write true",
  ],
  [
    { fail_on_error_status: 1 },
    "defaults.fail_on_error_status: must be a boolean, not a number; write true",
  ],
  [
    { fail_on_error_status: "no" },
    "defaults.fail_on_error_status: must be a boolean, not a string; write false",
  ],
  [{ timeout: 30 }, 'defaults.timeout: must be a string, not a number; write "30s" or "30ms"'],
  [{ retry: 3 }, 'defaults.retry: must be an object, not a number; write {"max": 3}'],
  [{ retry: "3" }, 'defaults.retry: must be an object, not a string; write {"max": 3}'],
  [{ retry: { max: "3" } }, "defaults.retry.max: must be an integer, not a string; write 3"],
  [
    { on_error: "continue" },
    'defaults.on_error: must be an object, not a string; write {"strategy": "ignore"}',
  ],
  [{ retries: 3 }, 'defaults.retries: unknown key; write "retry": {"max": 3}'],
  [
    { fail_on_status: true },
    'defaults.fail_on_status: unknown key; did you mean "fail_on_error_status"?',
  ],
  [{ timeuot: "3s" }, 'defaults.timeuot: unknown key; did you mean "timeout"?'],
  [
    { http: { timeout: "5s" } },
    "defaults.http: unknown key; defaults may hold fail_on_error, fail_on_error_status, timeout, retry, on_error",
  ],
  [
    { on_error: { strategy: "fallback_step", fallback_step: "c" } },
    'defaults.on_error.fallback_step: no top-level step has the id "c"',
  ],
  [
    { on_error: { strategy: "ignore", fallback_step: "b" } },
    'defaults.on_error.fallback_step: is only allowed when strategy is "fallback_step"',
  ],
];

for (const [defaults, error] of ERRORS) {
  test(`defaults ${JSON.stringify(defaults)} are an error, told once`, () => {
    const definition = { defaults, steps: [get("a"), program("b")] };
    assert.deepEqual(errorsOf(definition, { actions }), [error]);
  });
}

test("a word in the wrong place says where it belongs", () => {
  const top = errorsOf({ fail_on_error: true, retry: {}, steps: [step("a")] });
  assert.deepEqual(top, [
    'fail_on_error: unknown key; for all steps write "defaults": {"fail_on_error": true}',
    'retry: unknown key; for all steps write "defaults": {"retry": {"max": N}}',
  ]);
  const below = errorsOf({ steps: [step("a", { fail_on_error_status: true, defaults: {} })] });
  assert.deepEqual(below, [
    'steps[0].fail_on_error_status: unknown key; write "fail_on_error_status": true in params',
    'steps[0].defaults: unknown key; they stand once for all steps, beside "steps"',
  ]);
});

test("a cycle that a default closes is an error of the default", () => {
  const definition = {
    defaults: { on_error: { strategy: "fallback_step", fallback_step: "b" } },
    steps: [
      step("a"),
      step("b", { on_error: { strategy: "fallback_step", fallback_step: "a" } }),
    ],
  };
  assert.deepEqual(errorsOf(definition), [
    "defaults.on_error.fallback_step: fallbacks form a cycle: a → b → a",
  ]);
});

test("what comes after the fallback of all is told to say something itself", () => {
  const definition = (last: JsonObject) => ({
    defaults: { on_error: { strategy: "fallback_step", fallback_step: "b" } },
    steps: [step("a"), step("b"), step("c", { depends_on: ["b"], ...last })],
  });
  assert.match(
    errorsOf(definition({}))[0]!,
    /b → c → b; what comes after "b", .* its own "on_error": \{"strategy": "fail_workflow"\}$/,
  );
  assert.deepEqual(errorsOf(definition({ on_error: { strategy: "fail_workflow" } })), []);
});

const USELESS: [defaults: JsonObject, steps: JsonObject[], warning: RegExp][] = [
  [
    { fail_on_error: true },
    [get("a")],
    /^defaults\.fail_on_error: no step can use it: it is for shell\.exec$/,
  ],
  [
    { fail_on_error_status: true },
    [program("a")],
    /^defaults\.fail_on_error_status: no step can use it: it is for http\.\w+, http\.\w+, http\.\w+$/,
  ],
  ...["timeout", "retry", "on_error"].map((name): [JsonObject, JsonObject[], RegExp] => [
    { [name]: ALL[name as keyof typeof ALL] },
    [wait, child("c")],
    new RegExp(`^defaults\\.${name}: no step can use it: .*workflow\\.run`),
  ]),
  [{ retry: { max: 11 } }, [step("a"), step("b")], /^defaults\.retry\.max: 11 retries are more/],
  [
    { on_error: { strategy: "retry" } },
    [step("a")],
    /^defaults\.on_error\.strategy: "retry" does nothing/,
  ],
];

for (const [defaults, steps, warning] of USELESS) {
  test(`defaults ${JSON.stringify(defaults)} that do nothing good are one warning`, () => {
    const found = warningsOf({ defaults, steps }, { actions });
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0]!, warning);
  });
}

test("what some step can use is no warning, whether or not it has its own", () => {
  const steps = [get("a", { params: { fail_on_error_status: false } }), loop("l", program("b"))];
  assert.deepEqual(warningsOf({ defaults: ALL, steps }, { actions }), []);
  const out = { steps: [step("a", { on_error: { strategy: "retry" } })], defaults: ALL };
  assert.deepEqual(
    warningsOf(out, { actions }).filter((line) => line.startsWith("steps")),
    [],
  );
});
