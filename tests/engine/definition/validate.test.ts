// What the semantic and graph stages of validation find, where, and with which words.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { reportError, validateDefinition } from "../../../engine/definition/validate.ts";
import {
  branch,
  errorsOf,
  loop,
  parallel,
  reasoning,
  step,
  warningsOf,
  workflow,
} from "./support.ts";
import { fallback } from "../../support/steps.ts";

const ACTIONS = ["fs.read", "http.get", "http.post", "workflow.log"];
const actions = {
  get: (name: string) => ACTIONS.includes(name) ? { name, input: {}, output: {} } : undefined,
  list: () => ACTIONS.map((name) => ({ name })),
};

test("an action that is not registered is found at every depth, with the nearest name", () => {
  const bad = { id: "x", action: "http.gte" };
  const definition = {
    ...workflow(
      bad,
      branch("c", "ok", bad),
      { id: "d", type: "condition", config: { expression: "1", branches: {}, default: [bad] } },
      parallel("p", [step("a")], [bad]),
      loop("l", bad),
    ),
    on_complete: { id: "h", action: "banana" },
    on_error: loop("e", bad),
  };
  const message = 'no action "http.gte" is registered; did you mean "http.get"?';
  assert.deepEqual(errorsOf(definition, { actions }), [
    `[ACTION_UNAVAILABLE] steps[0].action: ${message}`,
    `[ACTION_UNAVAILABLE] steps[1].config.branches.ok[0].action: ${message}`,
    `[ACTION_UNAVAILABLE] steps[2].config.default[0].action: ${message}`,
    `[ACTION_UNAVAILABLE] steps[3].config.branches[1][0].action: ${message}`,
    `[ACTION_UNAVAILABLE] steps[4].config.body[0].action: ${message}`,
    '[ACTION_UNAVAILABLE] on_complete.action: no action "banana" is registered',
    `[ACTION_UNAVAILABLE] on_error.config.body[0].action: ${message}`,
  ]);
  assert.deepEqual(errorsOf(definition), [], "without a registry names are not checked");
});

test("ids are unique among siblings, and so are the ids that states are stored under", () => {
  assert.deepEqual(errorsOf(workflow(step("a"), step("b"), step("a"))), [
    'steps[2].id: duplicate id "a", see steps[0]',
  ]);
  assert.deepEqual(errorsOf(workflow(loop("l", step("a"), step("a")))), [
    'steps[0].config.body[1].id: duplicate id "a", see steps[0].config.body[0]',
  ]);
  assert.deepEqual(errorsOf({ ...workflow(step("a")), on_error: step("a") }), [
    'on_error.id: duplicate id "a", see steps[0]',
  ]);
  assert.deepEqual(errorsOf(workflow(branch("c", "ok", step("x")), step("c.ok.x"))), [
    'steps[1].id: duplicate id "c.ok.x", see steps[0].config.branches.ok[0]: ' +
    'both are stored as "c.ok.x"',
  ]);
  assert.equal(errorsOf(workflow(loop("l", step("x")), step("l.iter_7.x"))).length, 1);
  assert.deepEqual(errorsOf(workflow(step("l.iter_1.x"), step("l.iter_2.x"))), []);
  const twoBranches = parallel("p", [step("same")], [step("same")]);
  assert.deepEqual(errorsOf(workflow(twoBranches, step("same"))), []);
});

test("an id with a dot is a warning", () => {
  assert.deepEqual(warningsOf(workflow(step("a.b"))), [
    'steps[0].id: "a.b" contains ".", which separates nested ids: call it "a-b", or read it in ' +
    "brackets, steps['a.b']",
  ]);
});

test("an id that cannot be written in a path without quotes is a warning", () => {
  assert.deepEqual(warningsOf(workflow(step("a b"), step('say "hi"'), step("fetch-2_Ä"))), [
    'steps[0].id: "a b" is written steps["a b"] in expressions; letters, digits, "_" and "-" alone are ' +
    "easier to refer to",
    'steps[1].id: "say \\"hi\\"" is written steps["say \\"hi\\""] in expressions; letters, digits, "_" and ' +
    '"-" alone are easier to refer to',
  ]);
});

test("ids and branch keys that cannot be stored are errors", () => {
  assert.deepEqual(
    errorsOf(workflow(step("a\0"), step("\ud800"), branch("c", "k\n", step("x"), step("y")))),
    [
      "steps[0].id: must not contain control characters",
      "steps[1].id: must not contain control characters",
      'steps[2].config.branches["k\\n"]: the branch\'s key must not contain control characters',
    ],
  );
  assert.deepEqual(errorsOf(workflow(step("👩‍💻 ä"))), []);
});

test("depends_on names siblings, once each", () => {
  const definition = workflow(
    step("first"),
    step("b", { depends_on: ["frist", "first", "first"] }),
    loop("l", step("x", { depends_on: ["first"] }), step("y", { depends_on: ["x"] })),
  );
  assert.deepEqual(errorsOf(definition), [
    'steps[1].depends_on[0]: no sibling step has the id "frist"; did you mean "first"?',
    'steps[2].config.body[0].depends_on[0]: no sibling step has the id "first"; there is "y"',
  ]);
  assert.deepEqual(warningsOf(definition), ['steps[1].depends_on[2]: repeats "first"']);
});

test("a nested step that depends on a later one is a warning, for lists run in order", () => {
  const definition = workflow(loop("l", step("x", { depends_on: ["y"] }), step("y")));
  assert.deepEqual(errorsOf(definition), []);
  assert.deepEqual(warningsOf(definition), [
    'steps[0].config.body[0].depends_on[0]: "y" runs later: nested steps run in the order of ' +
    "their list",
  ]);
});

test("dependencies of hooks are ignored, with a warning", () => {
  const hook = (id: string) => step(id, { depends_on: ["anything"] });
  assert.deepEqual(
    warningsOf({ ...workflow(step("a")), on_complete: hook("x"), on_error: hook("y") }),
    ["on_complete.depends_on: is ignored by a hook", "on_error.depends_on: is ignored by a hook"],
  );
});

test("a fallback names another step, beside the step or further out", () => {
  assert.deepEqual(
    errorsOf(workflow(
      step("a", fallback("rescu")),
      step("rescue"),
      step("b", fallback("b")),
      loop("l", step("x", fallback("y")), step("y"), step("z", fallback("rescue"))),
      loop("m", step("x", fallback("m"))),
      step("c", { on_error: { strategy: "ignore", fallback_step: "a" } }),
      step("d", fallback("y")),
    )),
    [
      'steps[0].on_error.fallback_step: no step here or further out has the id "rescu"; ' +
      'did you mean "rescue"?',
      "steps[2].on_error.fallback_step: must not name the step itself",
      'steps[4].config.body[0].on_error.fallback_step: "m" contains this step',
      'steps[5].on_error.fallback_step: is only allowed when strategy is "fallback_step"',
      'steps[6].on_error.fallback_step: no step here or further out has the id "y"',
    ],
  );
  assert.deepEqual(errorsOf({ ...workflow(step("a")), on_error: step("h", fallback("a")) }), [
    "on_error.on_error.fallback_step: a hook cannot fall back to another step",
  ]);
});

test("fallbacks of fallbacks end somewhere", () => {
  assert.deepEqual(
    errorsOf(workflow(
      step("in", fallback("a")),
      step("a", fallback("b")),
      step("b", fallback("c")),
      step("c", fallback("a")),
    )),
    ["steps[1].on_error.fallback_step: fallbacks form a cycle: a → b → c → a"],
  );
  assert.deepEqual(
    errorsOf(workflow(step("a", fallback("b")), step("b", fallback("c")), step("c"))),
    [],
  );
});

test("more than ten retries are a warning", () => {
  const definition = workflow(
    step("a", { retry: { max: 10 } }),
    loop("l", step("b", { retry: { max: 11 } })),
  );
  assert.deepEqual(errorsOf(definition), []);
  assert.deepEqual(warningsOf(definition), [
    "steps[1].config.body[0].retry.max: 11 retries are more than 10",
  ]);
});

test("what has no effect without another field is a warning", () => {
  const definition = workflow(
    step("a", { on_error: { strategy: "retry" } }),
    step("b", { on_error: { strategy: "retry" }, retry: { max: 1 } }),
    reasoning("c", { fallback: "x" }),
    reasoning("d", { fallback: "x", timeout: "1m" }),
  );
  assert.deepEqual(errorsOf(definition), []);
  assert.deepEqual(warningsOf(definition), [
    'steps[0].on_error.strategy: "retry" does nothing without the step\'s retry',
    "steps[2].config.fallback: is never chosen without a timeout",
  ]);
});

test("options of a decision are distinct, and its fallback is one of them", () => {
  const options = [{ id: "yes" }, { id: "no" }, { id: "yes" }];
  assert.deepEqual(errorsOf(workflow(reasoning("r", { options, fallback: "maybe" }))), [
    'steps[0].config.options[2].id: duplicate option "yes", see steps[0].config.options[0]',
    'steps[0].config.fallback: must be one of the options: "yes", "no"',
  ]);
  assert.deepEqual(errorsOf(workflow(reasoning("r", { fallback: "anything" }))), []);
  assert.deepEqual(errorsOf(workflow(reasoning("r", { options: [], fallback: "anything" }))), []);
});

test("a decision that may outlast its step or its workflow is a warning", () => {
  const definition = {
    ...workflow(reasoning("r", { timeout: "1h" }, { timeout: "59m" })),
    timeout: "30m",
  };
  assert.deepEqual(warningsOf(definition), [
    "steps[0].config.timeout: is longer than the step's timeout of 59m",
    "steps[0].config.timeout: is longer than the workflow's timeout of 30m, which runs only while " +
    "other steps are under way",
  ]);
  assert.deepEqual(
    warningsOf({
      ...workflow(reasoning("r", { timeout: "1h" }, { timeout: "60m" })),
      timeout: "1h",
    }),
    [],
  );
});

test("keys that the type of a step does not use are warnings", () => {
  const looping = (id: string, config: JsonObject) => ({
    id,
    type: "loop",
    config: { body: [step("x")], over: [1], condition: "true", concurrency: 2, ...config },
  });
  const definition = workflow(
    step("a", { config: { body: [] } }),
    { ...reasoning("r", {}), action: "x", params: {} },
    looping("for", {}),
    looping("until", { mode: "until" }),
  );
  assert.deepEqual(errorsOf(definition), []);
  assert.deepEqual(warningsOf(definition), [
    "steps[0].config: is ignored by a step of type action",
    "steps[1].action: is ignored by a step of type reasoning",
    "steps[1].params: is ignored by a step of type reasoning",
    "steps[2].config.condition: is ignored by a loop of mode for_each",
    "steps[3].config.over: is ignored by a loop of mode until",
    "steps[3].config.concurrency: is ignored by a loop of mode until",
  ]);
});

test("nothing in a hook waits for somebody", () => {
  const hooks = {
    ...workflow(step("a")),
    on_complete: reasoning("r", {}),
    on_error: loop(
      "l",
      { id: "s", type: "wait", config: { signal: "go" } },
      { id: "w", type: "wait", config: { duration: "1m" } },
      { id: "v", type: "wait", config: { duration: "1s" } },
      { id: "t", type: "wait", config: { duration: "${{inputs.t}}" } },
    ),
  };
  assert.deepEqual(errorsOf(hooks), [
    "on_complete.type: a hook must not wait for a decision",
    "on_error.config.body[0].config.signal: a hook must not wait for a signal",
  ]);
  assert.deepEqual(warningsOf(hooks), [
    "on_error.config.body[1].config.duration: is not shorter than the time limit of the hook",
  ]);
});

test("steps that depend on each other in a circle are a cycle, named at the list", () => {
  const ring = [
    step("a", { depends_on: ["c"] }),
    step("b", { depends_on: ["a"] }),
    step("c", { depends_on: ["b"] }),
  ];
  assert.deepEqual(errorsOf(workflow(...ring, step("d", { depends_on: ["c"] }))), [
    "[CYCLE_DETECTED] steps: dependencies form a cycle: a → c → b → a",
  ]);
  assert.deepEqual(errorsOf(workflow(step("a", { depends_on: ["a"] }))), [
    "[CYCLE_DETECTED] steps: dependencies form a cycle: a → a",
  ]);
  assert.deepEqual(errorsOf(workflow(branch("c", "ok", ...ring))), [
    "[CYCLE_DETECTED] steps[0].config.branches.ok: dependencies form a cycle: a → c → b → a",
  ]);
});

test("steps that wait for each other by way of fallbacks are a cycle", () => {
  const waits = "steps wait for each other, fallbacks for their callers: ";
  const cases: [Json[], string][] = [
    [
      [
        step("f"),
        step("a", { depends_on: ["f"] }),
        step("p", { depends_on: ["a"], ...fallback("f") }),
      ],
      "f → p → a → f",
    ],
    [
      [parallel("f1", [step("x", fallback("f2"))]), parallel("f2", [step("y", fallback("f1"))])],
      "f1 → f2 → f1",
    ],
    [[step("g", fallback("f")), parallel("f", [step("x", fallback("g"))])], "g → f → g"],
    [
      [{ ...parallel("p", [step("x", fallback("f"))]), depends_on: ["f"] }, step("f")],
      "p → f → p",
    ],
  ];
  for (const [steps, cycle] of cases) {
    assert.deepEqual(errorsOf(workflow(...steps)), [`[CYCLE_DETECTED] steps: ${waits}${cycle}`]);
  }
  const inner = workflow(loop("l", ...cases[1]![0]));
  assert.deepEqual(errorsOf(inner), [
    `[CYCLE_DETECTED] steps[0].config.body: ${waits}f1 → f2 → f1`,
  ]);
  // What a fallback depends on is nothing to it, and what runs in order waits for nobody else.
  assert.deepEqual(
    errorsOf(workflow(
      step("p", fallback("f")),
      step("f", { depends_on: ["p"] }),
      step("z", { depends_on: ["f", "p"] }),
      loop("l", step("q", { depends_on: ["g"], ...fallback("g") }), step("g")),
    )),
    [],
  );
});

test("a long cycle is shortened", () => {
  const ring = Array.from(
    { length: 1_000 },
    (_, i) => step(`s${i}`, { depends_on: [`s${(i + 1) % 1_000}`] }),
  );
  const [error] = errorsOf(workflow(...ring));
  assert.match(error!, /s0 → s1 → .* → s9 → … → s0$/);
});

test("a cycle is told beside the faults of meaning and of structure", () => {
  const ring = [step("a", { depends_on: ["b"] }), step("b", { depends_on: ["a"] })];
  const semantic = workflow(...ring, { id: "c", action: "x.y" }, { id: "d", action: "x.z" });
  const errors = errorsOf(semantic, { actions });
  assert.equal(errors.length, 3);
  assert.deepEqual(errorsOf({ ...semantic, typo: 1 }, { actions }), [
    "typo: unknown key",
    ...errors,
  ]);
});

test("duplicate ids are listed beside the faults of structure, at every depth", () => {
  const definition = {
    ...workflow(
      { ...step("a"), zzz: 1 },
      { id: 5, action: "fs.read" },
      "no step",
      step("a"),
      { id: "l", type: "loop", config: { body: [step("x"), null, step("x")] } },
      { id: "p", type: "parallel", config: { branches: [5, [step("y"), step("y")]] } },
      { id: "c", type: "condition", config: { branches: [[step("z")]], default: "none" } },
    ),
    on_error: step("a", { retry: {} }),
  };
  assert.deepEqual(errorsOf(definition), [
    "steps[0].zzz: unknown key",
    'steps[1].id: must be a string, not a number; write "5"',
    'steps[2]: must be an object, not a string; a step is {"id": "…", "action": "…", "params": {…}}',
    'steps[4].config.body[1]: must be an object, not null; a step is {"id": "…", "action": "…", "params": {…}}',
    'steps[4].config.over: is required when mode is "for_each", the default',
    "steps[5].config.branches[0]: must be an array, not a number; the form is [Step]",
    "steps[6].config.expression: is required",
    "steps[6].config.branches: must be an object, not an array; the form is {NAME: [Step]}",
    "steps[6].config.default: must be an array, not a string; the form is [Step]",
    "on_error.retry.max: is required",
    'steps[3].id: duplicate id "a", see steps[0]',
    'steps[4].config.body[2].id: duplicate id "x", see steps[4].config.body[0]',
    'steps[5].config.branches[1][1].id: duplicate id "y", see steps[5].config.branches[1][0]',
    'on_error.id: duplicate id "a", see steps[0]',
  ]);
});

test("every cycle of every list is an error", () => {
  const pair = (a: string, b: string) => [
    step(a, { depends_on: [b] }),
    step(b, { depends_on: [a] }),
  ];
  assert.deepEqual(
    errorsOf(workflow(...pair("a", "b"), ...pair("c", "d"), loop("l", ...pair("x", "y")))),
    [
      "[CYCLE_DETECTED] steps: dependencies form a cycle: a → b → a",
      "[CYCLE_DETECTED] steps: dependencies form a cycle: c → d → c",
      "[CYCLE_DETECTED] steps[4].config.body: dependencies form a cycle: x → y → x",
    ],
  );
});

test("one error is its own message, several are counted; the outer code is VALIDATION_ERROR", () => {
  const one = reportError(validateDefinition(workflow(step("a", { depends_on: ["a"] }))));
  assert.equal(one.code, "VALIDATION_ERROR");
  assert.equal(one.message, "steps: dependencies form a cycle: a → a");
  assert.deepEqual(one.details, {
    error_count: 1,
    warning_count: 0,
    errors: [{
      path: "steps",
      code: "CYCLE_DETECTED",
      message: "dependencies form a cycle: a → a",
      severity: "error",
    }],
    warnings: [],
  });
  const two = reportError(validateDefinition({ steps: [], typo: 1, timeout: 2 }));
  assert.equal(two.message, "validation failed with 3 errors");
  const report = validateDefinition(workflow(step("a.b", { depends_on: ["x"] })));
  assert.deepEqual(reportError(report).details!.warning_count, 1);
});

test("names of object members are ids like all others", () => {
  assert.deepEqual(
    errorsOf(
      workflow(
        step("constructor"),
        step("toString", { depends_on: ["constructor"] }),
        branch("hasOwnProperty", "valueOf", step("constructor")),
        step("x", { depends_on: ["valueOf"] }),
      ),
      { actions },
    ),
    [
      'steps[3].depends_on[0]: no sibling step has the id "valueOf"; there are "constructor", "toString", ' +
      '"hasOwnProperty"',
    ],
  );
});

test("a step whose id has a dot is named in brackets to who reads it without", () => {
  assert.deepEqual(
    errorsOf(workflow(step("a.b"), step("c", { params: { message: "${{steps.a.b.output}}" } }))),
    [
      'steps[1].params.message: reads step "a", which does not exist; the step "a.b" is read in ' +
      "brackets, steps['a.b']",
    ],
  );
});

test("a race without rivals, a question without options and a list without items are told", () => {
  const race = (...branches: JsonObject[][]) => ({
    id: "p",
    type: "parallel",
    config: { mode: "race", branches },
  });
  assert.deepEqual(warningsOf(workflow(race([step("x")]))), [
    'steps[0].config.mode: "race" has a single branch, which always wins: write a second list ' +
    "into branches",
  ]);
  assert.deepEqual(warningsOf(workflow(race([step("x")], []))), [
    "steps[0].config.branches[1]: has no steps, so it wins the race at once: take it out",
  ]);
  assert.deepEqual(warningsOf(workflow(race([step("x")], [step("y")]))), []);
  assert.deepEqual(warningsOf(workflow(reasoning("r", { options: [] }))), [
    'steps[0].config.options: is empty, so any choice is taken: list them, [{"id": "approve"}, …], ' +
    "or leave it out",
  ]);
  assert.deepEqual(warningsOf(workflow(reasoning("r", {}))), []);
  assert.deepEqual(
    warningsOf(workflow({ id: "l", type: "loop", config: { over: [], body: [step("x")] } })),
    ["steps[0].config.over: is an empty list, so the body never runs"],
  );
});
