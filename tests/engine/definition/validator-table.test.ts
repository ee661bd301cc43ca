// Which rule is reported where, with which code and severity: each rule alone, in every kind of list.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import type { Issue } from "../../../engine/api.ts";
import { checkDefinition, type Parts } from "../../../engine/definition/check.ts";
import { DEFAULT_LIMITS } from "../../../engine/limits.ts";
import { branch, loop, parallel, reasoning, step as bare, workflow } from "./support.ts";

function step(id: string, more: JsonObject = {}): JsonObject {
  return bare(id, { params: { message: "m" }, ...more });
}

function flow(type: string, config?: JsonObject, more: JsonObject = {}): JsonObject {
  return { id: "f", type, ...(config && { config }), ...more };
}

function handler(strategy: string, fallback_step?: string): JsonObject {
  return { on_error: { strategy, ...(fallback_step !== undefined && { fallback_step }) } };
}

/** Of a template whose runs may be given any inputs. */
const ANY_INPUTS = { type: "object" };

const registry = createRegistry(builtinActions);

async function issues(parts: Parts): Promise<Issue[]> {
  const { errors, warnings } = await checkDefinition(
    { input_schema: ANY_INPUTS, ...parts },
    { registry, limits: DEFAULT_LIMITS },
  );
  return errors.length > 0 ? errors : warnings;
}

/** `severity code path`, the code left out where it is VALIDATION_ERROR. */
function line({ severity, code, path }: Issue): string {
  return [severity, ...(code === "VALIDATION_ERROR" ? [] : [code]), path].join(" ");
}

/** Where a list of steps may stand, and the path that it has there. */
const PLACES: Record<string, [path: string, around: (steps: Json[]) => JsonObject]> = {
  "at the top": ["steps", (steps) => workflow(...steps)],
  "in a branch": [
    "steps[0].config.branches.ok",
    (steps) => workflow(branch("c", "ok", ...steps)),
  ],
  "in a branch whose key is no name": [
    'steps[0].config.branches["404 or so"]',
    (steps) => workflow(branch("c", "404 or so", ...steps)),
  ],
  "in a default": [
    "steps[0].config.default",
    (steps) => workflow(flow("condition", { expression: "1", branches: {}, default: steps })),
  ],
  "in a parallel": [
    "steps[0].config.branches[1]",
    (steps) => workflow(parallel("p", [step("other")], steps)),
  ],
  "in a loop": ["steps[0].config.body", (steps) => workflow(loop("l", ...steps))],
  "three levels deep": [
    "steps[0].config.body[0].config.branches[0][0].config.branches.k",
    (steps) => workflow(loop("l", parallel("p", [branch("c", "k", ...steps)]))),
  ],
  "in a step of a hook": [
    "on_error.config.body",
    (steps) => ({ ...workflow(step("ok")), on_error: loop("l", ...steps) }),
  ],
};

const DURATIONS: [string, (duration: string) => JsonObject][] = [
  ["timeout", (timeout) => step("a", { timeout })],
  ["retry.delay", (delay) => step("a", { retry: { max: 1, delay } })],
  ["retry.max_delay", (max_delay) => step("a", { retry: { max: 1, max_delay } })],
  ["config.duration", (duration) => flow("wait", { duration })],
];

/** Steps of one list, and what is reported: paths go on from that of the list. */
const RULES: [rule: string, steps: Json[], reported: string[]][] = [
  ["an action is registered", [step("a", { action: "no.such" })], [
    "error ACTION_UNAVAILABLE [0].action",
  ]],
  ["depends_on names siblings", [step("a"), step("b", { depends_on: ["a", "x"] })], [
    "error [1].depends_on[1]",
  ]],
  ["depends_on names each once", [step("a"), step("b", { depends_on: ["a", "a"] })], [
    "warning [1].depends_on[1]",
  ]],
  ["a step does not depend on itself", [step("a", { depends_on: ["a"] })], [
    "error CYCLE_DETECTED ",
  ]],
  ["steps do not depend on each other", [
    step("a", { depends_on: ["b"] }),
    step("b", { depends_on: ["a"] }),
  ], ["error CYCLE_DETECTED "]],
  ["the strategy fallback_step names a step", [step("a", handler("fallback_step"))], [
    "error [0].on_error.fallback_step",
  ]],
  ["a fallback is there", [step("a", handler("fallback_step", "x"))], [
    "error [0].on_error.fallback_step",
  ]],
  ["a step is not its own fallback", [step("a", handler("fallback_step", "a"))], [
    "error [0].on_error.fallback_step",
  ]],
  ["fallbacks come to an end", [
    step("a", handler("fallback_step", "b")),
    step("b", handler("fallback_step", "a")),
  ], ["error [0].on_error.fallback_step"]],
  ["an error handler has a strategy", [step("a", { on_error: {} })], [
    "error [0].on_error.strategy",
  ]],
  ["a strategy is one of four", [step("a", handler("panic"))], ["error [0].on_error.strategy"]],
  ["many retries are rarely meant", [step("a", { retry: { max: 11 } })], [
    "warning [0].retry.max",
  ]],
  ["a retry policy says how many", [step("a", { retry: {} })], ["error [0].retry.max"]],
  ["retries are no negative number", [step("a", { retry: { max: -1 } })], ["error [0].retry.max"]],
  ["a backoff is one of four", [step("a", { retry: { max: 1, backoff: "fast" } })], [
    "error [0].retry.backoff",
  ]],
  ["a step has an id", [{ action: "workflow.log", params: { message: "m" } }], ["error [0].id"]],
  ["an id is not empty", [step("")], ["error [0].id"]],
  ["an id is its own among siblings", [step("a"), step("a")], ["error [1].id"]],
  ["an id without a dot is easier to tell", [step("a.b")], ["warning [0].id"]],
  ["a type is one of six", [flow("lop")], ["error [0].type"]],
  ["an action step has an action", [{ id: "a" }], ["error [0].action"]],
  ["an action's params are checked", [{ id: "a", action: "fs.read" }], ["error [0].params.path"]],
  ["a step has no unknown keys", [step("a", { retries: 1 })], ["error [0].retries"]],
  ["a config has no unknown keys", [flow("wait", { duration: "1s", unit: "s" })], [
    "error [0].config.unit",
  ]],
  ...["condition", "loop", "parallel", "wait", "reasoning"].map((
    type,
  ): [string, Json[], string[]] => [`a ${type} has a config`, [flow(type)], ["error [0].config"]]),
  ["a condition has an expression", [flow("condition", { branches: {} })], [
    "error [0].config.expression",
  ]],
  ["a condition has branches", [flow("condition", { expression: "1" })], [
    "error [0].config.branches",
  ]],
  ["a loop has a body", [flow("loop", { over: [1] })], ["error [0].config.body"]],
  ["a loop's body is not empty", [flow("loop", { over: [1], body: [] })], [
    "error [0].config.body",
  ]],
  ["a loop goes over something", [flow("loop", { body: [step("x")] })], [
    "error [0].config.over",
  ]],
  ["while has a condition", [flow("loop", { mode: "while", body: [step("x")] })], [
    "error [0].config.condition",
  ]],
  ["until has a condition, with max_iter too", [
    flow("loop", { mode: "until", max_iter: 3, body: [step("x")] }),
  ], ["error [0].config.condition"]],
  ["a loop's mode is one of three", [flow("loop", { mode: "do", over: [1], body: [step("x")] })], [
    "error [0].config.mode",
  ]],
  ["max_iter is no negative number", [
    flow("loop", { over: [1], max_iter: -1, body: [step("x")] }),
  ], ["error [0].config.max_iter"]],
  ["a parallel has branches", [flow("parallel", {})], ["error [0].config.branches"]],
  ["a parallel has one branch at least", [flow("parallel", { branches: [] })], [
    "error [0].config.branches",
  ]],
  ["a parallel's mode is one of two", [flow("parallel", { branches: [[]], mode: "any" })], [
    "error [0].config.mode",
  ]],
  ["a wait has a duration or a signal", [flow("wait", {})], ["error [0].config"]],
  ["a guard is CEL", [step("a", { condition: "1 +" })], ["error [0].condition"]],
  ["an expression is CEL", [flow("condition", { expression: "a b", branches: {} })], [
    "error [0].config.expression",
  ]],
  ["a loop's condition is CEL", [
    flow("loop", { mode: "until", condition: "((", body: [step("x")] }),
  ], ["error [0].config.condition"]],
  ["over is CEL, JSON or a template", [flow("loop", { over: "x[", body: [step("y")] })], [
    "error [0].config.over",
  ]],
  ["a token names a step that is there", [
    step("a", { params: { message: "${{steps.nope.output}}" } }),
  ], ["error [0].params.message"]],
  ["a token must not read a later step unasked", [
    step("a", { params: { message: "${{steps.b.output}}" } }),
    step("b"),
  ], ["error [0].params.message"]],
  ["a token is well-formed", [step("a", { params: { message: "${{inputs." } })], [
    "error [0].params.message",
  ]],
  ...DURATIONS.flatMap(([field, make]): [string, Json[], string[]][] => [
    [`${field} is a duration`, [make("soon")], [`error [0].${field}`]],
    [`${field} is not negative`, [make("-1s")], [`error [0].${field}`]],
  ]),
];

/** What a hook must not do at any depth. */
const NOT_IN_HOOKS: typeof RULES = [
  ["a decision's fallback is one of its options", [
    reasoning("r", { options: [{ id: "yes" }], fallback: "no" }),
  ], ["error [0].config.fallback"]],
  ["a decision's options are told apart", [
    reasoning("r", { options: [{ id: "yes" }, { id: "yes" }] }),
  ], ["error [0].config.options[1].id"]],
  ["a decision's timeout is a duration", [reasoning("r", { timeout: "1d" })], [
    "error [0].config.timeout",
  ]],
  ["a decision fits into its step's timeout", [
    reasoning("r", { timeout: "1h" }, { timeout: "1m" }),
  ], ["warning [0].config.timeout"]],
];

for (const [place, [path, around]] of Object.entries(PLACES)) {
  describe(place, () => {
    const inHook = path.startsWith("on_error");
    for (const [rule, steps, reported] of [...RULES, ...(inHook ? [] : NOT_IN_HOOKS)]) {
      test(rule, async () => {
        const found = (await issues({ definition: around(steps) })).map(line);
        const expected = reported.map((text) => {
          const at = text.lastIndexOf(" ") + 1;
          return text.slice(0, at) + path + text.slice(at);
        });
        assert.deepEqual(found, expected);
      });
    }
  });
}

/** Whole templates, and what is reported of each. */
const WHOLE: [rule: string, parts: Parts, reported: string[]][] = [
  ["a definition is an object", { definition: null }, ["error /"]],
  ["a definition has steps", { definition: {} }, ["error steps"]],
  ["there is one step at least", { definition: workflow() }, ["error steps"]],
  ["a definition has no unknown keys", { definition: { ...workflow(step("a")), step: [] } }, [
    "error step",
  ]],
  [
    "timeout, on_timeout and on_interrupt are what they say",
    {
      definition: {
        ...workflow(step("a")),
        timeout: "soon",
        on_timeout: "die",
        on_interrupt: "go",
      },
    },
    ["error timeout", "error on_timeout", "error on_interrupt"],
  ],
  ["inputs, context and metadata are objects", {
    definition: { ...workflow(step("a")), inputs: [], context: 1, metadata: "x" },
  }, ["error inputs", "error context", "error metadata"]],
  ["hooks are steps, not error handlers", {
    definition: { ...workflow(step("a")), on_error: { strategy: "ignore" } },
  }, ["error on_error.id", "error on_error.strategy", "error on_error.action"]],
  ["a hook's action is registered", {
    definition: {
      ...workflow(step("a")),
      on_complete: step("c", { action: "no.such" }),
      on_error: step("e", { action: "no.such" }),
    },
  }, ["error ACTION_UNAVAILABLE on_complete.action", "error ACTION_UNAVAILABLE on_error.action"]],
  ["a hook depends on nothing", {
    definition: {
      ...workflow(step("a")),
      on_complete: step("c", { depends_on: ["a"] }),
      on_error: step("e", { depends_on: ["a"] }),
    },
  }, ["warning on_complete.depends_on", "warning on_error.depends_on"]],
  ["a decision fits into its workflow's timeout", {
    definition: { ...workflow(reasoning("r", { timeout: "1h" })), timeout: "10m" },
  }, ["warning steps[0].config.timeout"]],
  ["schemas compile", {
    definition: workflow(step("a")),
    input_schema: { type: "strin" },
    output_schema: { properties: { n: { minimum: "1" } } },
  }, ["error input_schema.type", "error output_schema.properties.n.minimum"]],
];

describe("as a whole", () => {
  for (const [rule, parts, reported] of WHOLE) {
    test(rule, async () => {
      const found = (await issues(parts)).map(line);
      assert.deepEqual(found.sort(), reported.toSorted());
    });
  }
});

/** Steps that nothing is said of. */
const ALLOWED: [rule: string, steps: Json[]][] = [
  ["for_each needs no max_iter", [flow("loop", { over: "inputs.items", body: [step("x")] })]],
  [
    "while and until need no max_iter",
    ["while", "until"].map((mode) => ({
      ...flow("loop", { mode, condition: "iter.index < 3", body: [step("x")] }),
      id: mode,
    })),
  ],
  ["durations of several units, fractions and a bare zero", [
    step("a", { timeout: "1h30m" }),
    step("b", { retry: { max: 1, delay: "0", max_delay: "1.5s" } }),
    flow("wait", { duration: "1m0.5s" }),
    step("c", { timeout: "+250µs" }),
  ]],
  ["CEL in the braces of a template, wherever CEL stands", [
    step("a", { condition: "${{ inputs.n > 1 }}" }),
    flow("condition", { expression: "${{inputs.env}}", branches: {} }),
    {
      ...flow("loop", { mode: "while", condition: "${{iter.index < 3}}", body: [step("x")] }),
      id: "w",
    },
    { ...flow("loop", { over: "${{inputs.items}}", body: [step("y")] }), id: "o" },
  ]],
  ["ids with dashes, read with brackets or as a path", [
    step("a-b"),
    step("c", { depends_on: ["a-b"], condition: "steps['a-b'].logged == true" }),
    step("d", { depends_on: ["a-b"], params: { message: "${{steps.a-b.output}}" } }),
  ]],
  ["a decision without options takes any fallback", [
    reasoning("r", { fallback: "as before", timeout: "1m" }),
  ]],
  ["a wait with a duration and a signal", [flow("wait", { duration: "1h", signal: "go" })]],
];

describe("allowed", () => {
  for (const [rule, steps] of ALLOWED) {
    test(rule, async () => {
      assert.deepEqual((await issues({ definition: workflow(...steps) })).map(line), []);
    });
  }
});

test("all problems of a stage are collected, in the order of the definition", async () => {
  const steps = [
    step("a", { action: "no.such" }),
    loop("l", step("x", { action: "no.such" }), step("y", { depends_on: ["z"] })),
    step("b", handler("fallback_step", "c")),
    step("d", { condition: "(" }),
  ];
  const paths = (await issues({ definition: workflow(...steps) })).map(({ path }) => path);
  assert.deepEqual(paths, [
    "steps[0].action",
    "steps[1].config.body[0].action",
    "steps[1].config.body[1].depends_on[0]",
    "steps[2].on_error.fallback_step",
    "steps[3].condition",
  ]);
});
