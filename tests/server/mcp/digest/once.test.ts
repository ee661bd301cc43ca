// Whether an answer says each large output once, and its pointers lead to what they stand for.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../../core/json.ts";
import { digestRun } from "../../../../server/mcp/digest/run.ts";
import { once } from "../../../../server/mcp/digest/once.ts";

const long = (name: string): JsonObject => ({ status_code: 200, body: name.repeat(300) });
const step = (step_id: string, more: JsonObject): JsonObject => ({
  step_id,
  status: "completed",
  ...more,
});

/** The value that a pointer of the answer names; ids of steps may hold dots. */
function at(answer: JsonObject, place: string): Json {
  const steps = answer.steps as JsonObject;
  const id = /^steps\.(.+)\.(?:output|error)(?:\.|$)/.exec(place)?.[1];
  let value: Json = id === undefined ? answer : steps[id]!;
  const path = id === undefined ? place : place.slice(`steps.${id}.`.length);
  for (const key of path.split(".")) value = (value as JsonObject)[key]!;
  return value;
}

const REPLIES: Record<string, { reply: JsonObject; pointers: Record<string, string> }> = {
  "the last step": {
    reply: {
      output: long("b"),
      steps: { a: step("a", { output: long("a") }), b: step("b", { output: long("b") }) },
    },
    pointers: { b: "output" },
  },
  "several last steps": {
    reply: {
      output: { a: long("a"), b: long("b") },
      steps: { a: step("a", { output: long("a") }), b: step("b", { output: long("b") }) },
    },
    pointers: { a: "output.a", b: "output.b" },
  },
  "a branch of a condition": {
    reply: {
      output: { branch: "yes", output: long("x") },
      steps: {
        c: step("c", { output: { branch: "yes", output: long("x") } }),
        "c.yes.x": step("c.yes.x", { output: long("x") }),
      },
    },
    pointers: { c: "output", "c.yes.x": "output.output" },
  },
  "a loop that is not the last": {
    reply: {
      output: { n: 1 },
      steps: {
        each: step("each", { output: { iterations: 2, results: [long("0"), long("1")] } }),
        "each.iter_0.g": step("each.iter_0.g", { output: long("0") }),
        "each.iter_1.g": step("each.iter_1.g", { output: long("1") }),
        n: step("n", { output: { n: 1 } }),
      },
    },
    pointers: {
      "each.iter_0.g": "steps.each.output.results.0",
      "each.iter_1.g": "steps.each.output.results.1",
    },
  },
};

for (const [what, { reply, pointers }] of Object.entries(REPLIES)) {
  test(`each pointer leads to the very value that was there: ${what}`, () => {
    const before = structuredClone(reply);
    const said = once(reply);
    const steps = said.steps as Record<string, JsonObject>;
    const found = Object.entries(steps).filter(([, { output_at }]) => output_at !== undefined);
    assert.deepEqual(
      Object.fromEntries(found.map(([id, { output_at }]) => [id, output_at])),
      pointers,
    );
    for (const [id, { output, output_at }] of found) {
      assert.equal(output, undefined);
      const was = (before.steps as Record<string, JsonObject>)[id]!.output;
      assert.deepEqual(at(said, output_at as string), was);
    }
    assert.deepEqual(reply, before, "the reply itself is left alone");
  });
}

test("an output stands once, where the run's is; the steps say where", () => {
  const output = { body: "x".repeat(5_000) };
  const events = [{ id: 1, event_type: "step_completed", payload: { output, duration_ms: 1 } }];
  const reply = { workflow_id: "w", output, steps: { a: step("a", { output }) }, events };
  const short = JSON.stringify(digestRun(reply)(24_000));
  assert.equal(short.split("x".repeat(5_000)).length - 1, 1);
  assert.deepEqual(JSON.parse(short).events[0].payload, { duration_ms: 1, output_at: "output" });
  const all = digestRun(reply)(Infinity);
  assert.deepEqual(all, reply, "who asks for all of it has it where it always stands");
});

test("what is small stands where one looks for it", () => {
  const reply = {
    output: { result: 30 },
    steps: { a: step("a", { output: { result: 30 } }) },
    error: { code: "X", message: "m", step_id: "a", details: { cause: { code: "Y" } } },
  };
  assert.deepEqual(once(reply), reply);
});

test("the cause of an error stands with its step", () => {
  const cause = { code: "EXECUTION_ERROR", message: "m", details: { stderr: "e".repeat(300) } };
  const reply = {
    error: { code: "STEP_FAILED", message: "m", step_id: "a", details: { cause } },
    steps: { a: step("a", { status: "failed", error: cause }) },
  };
  const said = once(reply);
  assert.deepEqual((said.error as JsonObject).details, { cause_at: "steps.a.error" });
  assert.deepEqual(said.steps, reply.steps);
  const other = { ...reply, steps: { a: step("a", { error: { code: "Z" } }) } };
  assert.deepEqual(once(other), other, "another error is another error");
});
