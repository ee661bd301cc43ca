// What of a definition counts as added, removed or changed, at every depth.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { atOnce } from "../../../core/slices.ts";
import { diff, type TemplateVersion } from "../../../engine/definition/diff.ts";
import { buildTree } from "../../../engine/definition/tree.ts";
import { branch, loop, parallel, step, workflow } from "./support.ts";

function version(definition: JsonObject): TemplateVersion {
  const { steps: _, ...fields } = definition;
  return { tree: buildTree(definition as never), fields };
}

/** The differences in short: `+added`, `-removed`, `~changed: fields`, `workflow: fields`. */
function between(before: JsonObject, after: JsonObject): string[] {
  const { added, removed, changed, workflow, truncated } = atOnce(
    diff(version(before), version(after)),
  );
  return [
    ...added.map((id) => `+${id}`),
    ...removed.map((id) => `-${id}`),
    ...changed.map(({ step_id, fields }) => `~${step_id}: ${fields.join(",")}`),
    ...workflow.map((field) => `workflow: ${field}`),
    ...(truncated ? ["truncated"] : []),
  ];
}

test("top-level steps are told apart by id, and compared field by field", () => {
  const before = workflow(step("a"), step("b", { timeout: "1s" }), step("c"));
  const after = workflow(
    step("c"),
    step("d"),
    step("b", { timeout: "2s", retry: { max: 1 } }),
  );
  assert.deepEqual(between(before, after), ["+d", "-a", "~b: timeout,retry"]);
  assert.deepEqual(between(after, after), []);
});

test("the order of top-level steps means nothing", () => {
  assert.deepEqual(between(workflow(step("a"), step("b")), workflow(step("b"), step("a"))), []);
});

test("inner steps have full ids: branches by key or index, loops as iter_*", () => {
  const inner = (...steps: Json[]) =>
    workflow(
      branch("c", "ok", ...steps),
      parallel("p", [step("z")], steps),
      loop("l", branch("d", "k", ...steps)),
    );
  assert.deepEqual(
    between(
      inner(step("x"), step("y")),
      inner(step("x", { params: { n: 1 } }), step("w")),
    ),
    [
      "+c.ok.w",
      "+p.branch_1.w",
      "+l.iter_*.d.k.w",
      "-c.ok.y",
      "-p.branch_1.y",
      "-l.iter_*.d.k.y",
      "~c.ok.x: params",
      "~p.branch_1.x: params",
      "~l.iter_*.d.k.x: params",
    ],
  );
});

test("a step with steps in it changes by its own config only", () => {
  const body = (more: JsonObject, ...steps: Json[]): JsonObject =>
    workflow({ id: "l", type: "loop", config: { over: [1], body: steps, ...more } });
  const [x, y, z] = [step("x"), step("y"), step("z")];
  assert.deepEqual(between(body({}, x, y), body({}, x, step("y", { timeout: "1s" }))), [
    "~l.iter_*.y: timeout",
  ]);
  assert.deepEqual(between(body({}, x, y), body({}, x, z, y)), ["+l.iter_*.z"]);
  assert.deepEqual(between(body({}, x, y), body({ over: [2] }, x, y)), ["~l: config"]);
  assert.deepEqual(between(body({}, x, y), body({}, y, x)), ["~l: config"], "the order of a list");
});

test("a branch that comes or goes is a change of the step that has it", () => {
  const branches = (lists: JsonObject): JsonObject =>
    workflow({ id: "c", type: "condition", config: { expression: "1", branches: lists } });
  assert.deepEqual(between(branches({ a: [step("x")] }), branches({ a: [step("x")], b: [] })), [
    "~c: config",
  ]);
  assert.deepEqual(between(branches({}), branches({ default: [step("x")] })), [
    "+c.default.x",
    "~c: config",
  ]);
  assert.deepEqual(
    between(
      branches({ default: [] }),
      workflow({
        id: "c",
        type: "condition",
        config: { expression: "1", branches: {}, default: [] },
      }),
    ),
    ["~c: config"],
    "a branch of the name is not the default",
  );
  assert.deepEqual(
    between(branches({ a: [step("x")], b: [] }), branches({ b: [], a: [step("x")] })),
    [],
    "the order of keys",
  );
});

test("another type takes the inner steps along", () => {
  assert.deepEqual(
    between(workflow(loop("s", step("x"))), workflow(parallel("s", [step("x")]))),
    ["+s.branch_0.x", "-s.iter_*.x", "~s: type,config"],
  );
});

test("hooks are steps; another step in their place is a change of the workflow", () => {
  const hooks = (more: JsonObject) => ({ ...workflow(step("a")), ...more });
  assert.deepEqual(
    between(hooks({ on_error: step("h") }), hooks({ on_error: step("h", { timeout: "1s" }) })),
    ["~h: timeout"],
  );
  assert.deepEqual(
    between(hooks({ on_error: step("h") }), hooks({ on_complete: step("i") })),
    ["+i", "-h", "workflow: on_error", "workflow: on_complete"],
  );
  assert.deepEqual(
    between(workflow(step("a"), step("h")), hooks({ on_complete: step("h") })),
    ["workflow: on_complete"],
    "a step that becomes a hook",
  );
});

test("names of object members are ids like all others", () => {
  assert.deepEqual(
    between(workflow(step("constructor")), workflow(branch("toString", "valueOf", step("x")))),
    ["+toString", "+toString.valueOf.x", "-constructor"],
  );
});

test("a very long difference is cut, and says so", () => {
  const long = (letter: string) => step(letter.repeat(256));
  const many = Array.from({ length: 2_000 }, (_, i) => step(`${i}`.padStart(256, "x")));
  const lines = between(workflow(long("a")), workflow(long("a"), ...many));
  assert.equal(lines.at(-1), "truncated");
  assert.equal(lines.length, 1_025, "256 Ki characters of ids");
});

test("it may pause after each step", () => {
  const steps = Array.from({ length: 500 }, (_, i) => step(`s${i}`));
  const pauses = [...diff(version(workflow(...steps)), version(workflow(...steps)))].length;
  assert.equal(pauses, 500);
});
