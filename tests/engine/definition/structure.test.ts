// What the structural stage of validation refuses, where, and with which words.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { WORKFLOW_SCHEMA } from "../../../engine/definition/schema.ts";
import { STEP_TYPES } from "../../../engine/steps/types.ts";
import { branch, errorsOf, loop, parallel, reasoning, step, workflow } from "./support.ts";

const TYPES = ["action", ...STEP_TYPES.map(({ name }) => name)].join(", ");
const DURATION_RULE = 'must be a duration such as "500ms", "30s" or "1h30m", not';

/** Each definition with the whole of its error report. */
const INVALID: [string, Json, string[]][] = [
  ["null", null, ['/: must be an object with "steps", not null']],
  ["a list", [], ['/: must be an object with "steps", not an array']],
  ["a text", "steps", ['/: must be an object with "steps", not a string']],
  ["no steps", {}, ["steps: is required"]],
  ["an empty list of steps", workflow(), ["steps: must not be empty"]],
  ["steps of another type", { steps: {} }, [
    "steps: must be an array, not an object; write a list: [{…}]",
  ]],
  ["a step that is no object", workflow("a", null), [
    'steps[0]: must be an object, not a string; a step is {"id": "…", "action": "…", "params": {…}}',
    'steps[1]: must be an object, not null; a step is {"id": "…", "action": "…", "params": {…}}',
  ]],
  ["unknown keys at the top", { ...workflow(step("a")), step: [], on_complet: {}, banana: 1 }, [
    'step: unknown key; did you mean "steps"?',
    'on_complet: unknown key; did you mean "on_complete"?',
    "banana: unknown key",
  ]],
  ["wrong fields at the top", {
    ...workflow(step("a")),
    inputs: [],
    context: "x",
    metadata: 1,
    timeout: 5,
    on_timeout: "abort",
    on_interrupt: true,
  }, [
    "inputs: must be an object, not an array",
    "context: must be an object, not a string",
    "metadata: must be an object, not a number",
    'timeout: must be a string, not a number; write "5s" or "5ms"',
    'on_timeout: must be one of fail, suspend, cancel, not "abort"; did you mean "fail"?',
    "on_interrupt: must be one of suspend, resume, not a boolean",
  ]],
  [
    "no id, an empty id, an id that is no text",
    workflow({ action: "x" }, step(""), {
      id: 7,
      action: "x",
    }),
    [
      "steps[0].id: is required",
      "steps[1].id: must not be empty",
      'steps[2].id: must be a string, not a number; write "7"',
    ],
  ],
  ["an id that is too long", workflow(step("x".repeat(257))), [
    "steps[0].id: must have at most 256 characters, has 257",
  ]],
  ["the id of all prototypes", workflow(step("__proto__")), [
    'steps[0].id: must not be "__proto__"',
  ]],
  ["a prototype as a key", JSON.parse('{"steps":[{"id":"a","action":"x","__proto__":{}}]}'), [
    "steps[0].__proto__: unknown key",
  ]],
  ["an inherited name as a key", workflow(step("a", { constructor: {} as JsonObject })), [
    "steps[0].constructor: unknown key",
  ]],
  ["an unknown type", workflow({ id: "a", type: "looop", config: {} }), [
    `steps[0].type: must be one of ${TYPES}, not "looop"; did you mean "loop"?`,
  ]],
  ["an action step without action", workflow({ id: "a" }, { id: "b", type: "action" }), [
    'steps[0].action: is required when type is "action", the default',
    'steps[1].action: is required when type is "action", the default',
  ]],
  ["an empty action", workflow({ id: "a", action: "" }), ["steps[0].action: must not be empty"]],
  [
    "fields of a step with wrong types",
    workflow(step("a", { params: [], depends_on: "b", condition: true, retry: 3, on_error: "x" })),
    [
      "steps[0].params: must be an object, not an array",
      'steps[0].depends_on: must be an array, not a string; write ["b"]',
      'steps[0].condition: must be a string, not a boolean; write "true"',
      'steps[0].retry: must be an object, not a number; write {"max": 3}',
      "steps[0].on_error: must be an object, not a string; the form is {strategy: ignore|fail_workflow|fallback_step|retry, fallback_step?}",
    ],
  ],
  ["members of depends_on that are no ids", workflow(step("a", { depends_on: [1, ""] })), [
    'steps[0].depends_on[0]: must be a string, not a number; write "1"',
    "steps[0].depends_on[1]: must not be empty",
  ]],
  ["an empty guard", workflow(step("a", { condition: "" })), [
    "steps[0].condition: must not be empty",
  ]],
  [
    "a wrong retry policy",
    workflow(
      step("a", { retry: {} }),
      step("b", { retry: { max: -1, backoff: "cubic", delay: "1", max_delay: "-1s", jitter: 1 } }),
      step("c", { retry: { max: 1.5 } }),
      step("d", { retry: { max: "3" } }),
    ),
    [
      "steps[0].retry.max: is required",
      "steps[1].retry.max: must be ≥ 0",
      'steps[1].retry.backoff: must be one of none, linear, exponential, constant, not "cubic"',
      `steps[1].retry.delay: ${DURATION_RULE} "1"; write "1s" or "1ms"`,
      'steps[1].retry.max_delay: must not be negative, is "-1s"',
      "steps[1].retry.jitter: unknown key",
      "steps[2].retry.max: must be an integer, not 1.5",
      "steps[3].retry.max: must be an integer, not a string; write 3",
    ],
  ],
  [
    "a wrong error handler",
    workflow(
      step("a", { on_error: {} }),
      step("b", { on_error: { strategy: "panic" } }),
      step("c", { on_error: { strategy: "fallback_step" } }),
      step("d", { on_error: { strategy: "fallback_step", fallback_step: "" } }),
    ),
    [
      "steps[0].on_error.strategy: is required: one of ignore, fail_workflow, fallback_step, retry",
      "steps[1].on_error.strategy: must be one of ignore, fail_workflow, fallback_step, retry, " +
      'not "panic"',
      'steps[2].on_error.fallback_step: is required when strategy is "fallback_step"',
      "steps[3].on_error.fallback_step: must not be empty",
    ],
  ],
  [
    "flow steps without config",
    workflow(
      ...["condition", "loop", "parallel", "wait", "reasoning"].map((type) => ({ id: type, type })),
    ),
    ["condition", "loop", "parallel", "wait", "reasoning"].map((type, i) =>
      `steps[${i}].config: is required when type is "${type}"`
    ),
  ],
  [
    "flow steps with an empty config",
    workflow(
      { id: "c", type: "condition", config: {} },
      { id: "l", type: "loop", config: {} },
      { id: "p", type: "parallel", config: {} },
      { id: "w", type: "wait", config: {} },
    ),
    [
      "steps[0].config.expression: is required",
      "steps[0].config.branches: is required",
      "steps[1].config.body: is required",
      'steps[1].config.over: is required when mode is "for_each", the default',
      "steps[2].config.branches: is required",
      "steps[3].config: needs duration or signal",
    ],
  ],
  [
    "wrong configs",
    workflow(
      { id: "c", type: "condition", config: { expression: "", branches: [], else: [] } },
      { id: "l", type: "loop", config: { mode: "times", over: 3, body: [], max_iter: -1 } },
      { id: "m", type: "loop", config: { mode: "while", body: [step("x")], concurrency: 0 } },
      { id: "n", type: "loop", config: { mode: "until", body: [step("x")], condition: "" } },
      { id: "p", type: "parallel", config: { branches: [], mode: "any" } },
      { id: "q", type: "parallel", config: { branches: [{}] } },
      { id: "w", type: "wait", config: { duration: "soon", signal: "" } },
      { id: "r", type: "reasoning", config: { options: ["yes"], timeout: "1d", fallback: "" } },
      { id: "s", type: "reasoning", config: { options: [{ label: "x" }], data_inject: { k: 1 } } },
      { id: "t", type: "wait", config: [] },
    ),
    [
      "steps[0].config.expression: must not be empty",
      "steps[0].config.branches: must be an object, not an array; the form is {NAME: [Step]}",
      'steps[0].config.else: unknown key; write "branches": {"true": [{…}], "false": [{…}]}',
      'steps[1].config.mode: must be one of for_each, while, until, not "times"',
      "steps[1].config.over: must be a string or an array, not a number; write [3]",
      "steps[1].config.body: must not be empty",
      "steps[1].config.max_iter: must be ≥ 0",
      "steps[2].config.concurrency: must be ≥ 1",
      'steps[2].config.condition: is required when mode is "while"',
      "steps[3].config.condition: must not be empty",
      "steps[4].config.branches: must not be empty",
      'steps[4].config.mode: must be one of all, race, not "any"; did you mean "race"?',
      "steps[5].config.branches[0]: must be an array, not an object; write a list: [{…}]",
      `steps[6].config.duration: ${DURATION_RULE} "soon"`,
      "steps[6].config.signal: must not be empty",
      'steps[7].config.options[0]: must be an object, not a string; write {"id": "yes"}',
      `steps[7].config.timeout: ${DURATION_RULE} "1d"; write "24h"`,
      "steps[7].config.fallback: must not be empty",
      "steps[8].config.options[0].id: is required",
      'steps[8].config.options[0].label: unknown key; did you mean "description"?',
      'steps[8].config.data_inject.k: must be a string, not a number; write "1"',
      "steps[9].config: must be an object, not an array; the form is {duration?, signal?, signals?: keep}",
    ],
  ],
  ["durations everywhere", {
    ...workflow(step("a", { timeout: "1 s" }), loop("l", step("b", { timeout: "-2m" }))),
    timeout: "",
    on_error: step("h", { retry: { max: 1, delay: "x" } }),
  }, [
    `steps[0].timeout: ${DURATION_RULE} "1 s"; write "1s"`,
    'steps[1].config.body[0].timeout: must not be negative, is "-2m"',
    `timeout: ${DURATION_RULE} ""`,
    `on_error.retry.delay: ${DURATION_RULE} "x"`,
  ]],
  [
    "the same mistake in every kind of list",
    {
      ...workflow(
        branch("c", "ok", { id: "x" }),
        { id: "d", type: "condition", config: { expression: "1", branches: {}, default: [1] } },
        parallel("p", [], [step("a"), step("b", { retry: { max: -1 } })]),
        loop("l", branch("m", "a b", { id: "" })),
      ),
      on_complete: {},
      on_error: branch("h", "k", { id: "y", typ: "wait" }),
    },
    [
      'steps[0].config.branches.ok[0].action: is required when type is "action", the default',
      'steps[1].config.default[0]: must be an object, not a number; a step is {"id": "…", "action": "…", "params": {…}}',
      "steps[2].config.branches[1][1].retry.max: must be ≥ 0",
      'steps[3].config.body[0].config.branches["a b"][0].id: must not be empty',
      'steps[3].config.body[0].config.branches["a b"][0].action: is required when type is ' +
      '"action", the default',
      "on_complete.id: is required",
      'on_complete.action: is required when type is "action", the default',
      'on_error.config.branches.k[0].typ: unknown key; did you mean "type"?',
      'on_error.config.branches.k[0].action: is required when type is "action", the default',
    ],
  ],
  [
    "a branch key that is a prototype or too long",
    JSON.parse(
      `{"steps":[{"id":"c","type":"condition","config":{"expression":"x","branches":{"__proto__":[],"${
        "k".repeat(300)
      }":[]}}}]}`,
    ),
    [
      'steps[0].config.branches.__proto__: the key must not be "__proto__"',
      `steps[0].config.branches["${"k".repeat(80)}…"]: the key must have at most 256 characters, ` +
      "has 300",
    ],
  ],
];

for (const [what, definition, errors] of INVALID) {
  test(`refused: ${what}`, () => assert.deepEqual(errorsOf(definition), errors));
}

export const VALID: [string, JsonObject][] = [
  ["the smallest workflow", workflow(step("a"))],
  ["everything at once", {
    $schema: "https://example.com/workflow.json",
    "x-owner": { team: [1] },
    steps: [
      step("a", {
        type: "action",
        params: { anything: [null] },
        timeout: "1h30m",
        condition: "inputs.n > 1",
        retry: { max: 0, backoff: "linear", delay: "0", max_delay: "1.5s", "x-why": "flaky" },
        on_error: { strategy: "fallback_step", fallback_step: "f" },
        on_interrupt: "resume",
        "x-note": "kept",
      }),
      step("f"),
      {
        ...branch("c", "", step("x"), step("y", { depends_on: ["x"] })),
        depends_on: ["a"],
      },
      { id: "d", type: "condition", config: { expression: "1", branches: {}, default: [] } },
      loop("l", loop("m", step("x"))),
      { id: "w", type: "loop", config: { mode: "while", condition: "true", body: [step("x")] } },
      { id: "o", type: "loop", config: { over: "inputs.items", body: [step("x")], max_iter: 0 } },
      parallel("p", [], [step("x")]),
      { id: "s", type: "wait", config: { signal: "go", duration: "${{inputs.limit}}" } },
      reasoning("r", {}),
      reasoning("q", {
        prompt_context: "",
        options: [{ id: "yes", description: "" }, { id: "no", "x-icon": "!" }],
        data_inject: { "a b": "steps.a.output" },
        timeout: "1h",
        fallback: "no",
        target_agent: "",
      }),
    ],
    inputs: { key: "${{secrets.KEY}}" },
    context: { intent: "test" },
    timeout: "2h",
    on_timeout: "suspend",
    on_interrupt: "suspend",
    on_complete: step("done"),
    on_error: step("failed"),
    metadata: { name: "all", "anything at all": [1, { deep: true }] },
  }],
];

for (const [what, definition] of VALID) {
  test(`accepted: ${what}`, () => assert.deepEqual(errorsOf(definition), []));
}

test("what is published agrees with what is checked", async () => {
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  const published = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false })
    .compile(JSON.parse(JSON.stringify(WORKFLOW_SCHEMA)));
  for (const [what, definition] of VALID) {
    assert.ok(published(definition), `${what}: ${JSON.stringify(published.errors)}`);
  }
  for (const [what, definition] of INVALID) assert.ok(!published(definition), what);
});

test("an object of the author's own is kept apart from the check: x- keys hold anything", () => {
  const definition = { ...workflow(step("a", { "x-": null, "x-y": { id: 3 } })), "x-z": [] };
  assert.deepEqual(errorsOf(definition), []);
  assert.deepEqual(errorsOf(workflow(step("a", { X: 1 }))).length, 1);
  assert.deepEqual(errorsOf(workflow(step("a", { $schema: "only at the top" }))), [
    "steps[0].$schema: unknown key",
  ]);
});

test("where an object or a list belongs its form is told, or the nearest value that has it", () => {
  const told = (key: string, value: Json) => {
    const [first] = errorsOf({ steps: [{ id: "a", action: "workflow.log", [key]: value }] });
    return first!.replace(/^.*?; /, "");
  };
  assert.equal(
    told("on_error", "nope"),
    "the form is {strategy: ignore|fail_workflow|fallback_step|retry, fallback_step?}",
  );
  assert.equal(
    told("on_error", ["ignore"]),
    "the form is {strategy: ignore|fail_workflow|fallback_step|retry, fallback_step?}",
  );
  assert.equal(told("on_error", "ignor"), 'write {"strategy": "ignore"}');
  assert.equal(
    told("retry", "nope"),
    "the form is {max, backoff?: none|linear|exponential|constant, delay?, max_delay?}",
  );
  const config = (type: string, value: JsonObject) => {
    const [first] = errorsOf({ steps: [{ id: "a", type, config: value }] });
    return first!.replace(/^.*?; /, "");
  };
  assert.equal(config("parallel", { branches: "nope" }), "the form is [[Step]]");
  assert.equal(
    config("condition", { expression: "true", branches: "nope" }),
    "the form is {NAME: [Step]}",
  );
});
