// Whether the path that is advised for a step inside another one is accepted, and reads its output.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpcodeError } from "../../../core/errors.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { openTestEngine } from "../../support/test-engine.ts";
import { errorsOf, loop, parallel, step, workflow } from "./support.ts";

const gives = (id: string, expression: string) => ({
  id,
  action: "expr.eval",
  params: { expression },
});
const choice = (id: string, branches: JsonObject, expression = "inputs.ok") => ({
  id,
  type: "condition",
  config: { expression, branches },
});

const NEVER = { id: "never", type: "wait", config: { signal: "none" } };

const CASES: [what: string, outer: JsonObject, read: string, path: string, expected: Json][] = [
  ["a loop", loop("o", gives("x", "7")), "x", "steps.o.output.results", [{ result: 7 }]],
  ["a loop, by its full id", loop("o", gives("x", "7")), "o.iter_*.x", "steps.o.output.results", [
    { result: 7 },
  ]],
  ["a branch", choice("o", { true: [gives("x", "7")] }), "x", "steps.o.output.output", {
    result: 7,
  }],
  [
    "both branches",
    choice("o", { true: [gives("x", "7")], false: [gives("x", "8")] }),
    "x",
    "steps.o.output.output",
    { result: 7 },
  ],
  [
    "a branch beside a parallel step's others",
    parallel("o", [gives("w", "1")], [gives("x", "7")]),
    "x",
    "steps.o.output.branches[1]",
    { result: 7 },
  ],
  [
    "a race",
    { id: "o", type: "parallel", config: { mode: "race", branches: [[gives("x", "7")], [NEVER]] } },
    "x",
    "steps.o.output.output",
    { result: 7 },
  ],
  [
    "a branch of a branch, of a step whose id is no name",
    parallel("o-1", [choice("c", { true: [gives("w", "1"), gives("x", "7")] })]),
    "x",
    "steps['o-1'].output.branches[0].output",
    { result: 7 },
  ],
];

for (const [what, outer, read, path, expected] of CASES) {
  test(`the advice for a step in ${what} is accepted and right, in tokens and CEL`, async () => {
    const engine = await openTestEngine();
    const define = (message: string) =>
      engine.opcode.define({
        name: "w",
        agent_id: "bot",
        definition: {
          ...workflow(outer, {
            id: "r",
            action: "test.echo",
            params: { got: message },
            depends_on: [outer.id!],
          }),
          inputs: { ok: true },
        },
      } as never);
    for (const written of [`\${{steps['${read}'].output}}`, `\${{[steps['${read}'].output][0]}}`]) {
      let advised = "";
      await assert.rejects(define(written), (error: OpcodeError) => {
        const { errors } = error.details as { errors: { message: string }[] };
        advised = /its output is read as (\S+)$/.exec(errors[0]!.message)?.[1] ?? "";
        return true;
      });
      assert.equal(advised, path);
    }
    for (const written of [`\${{${path}}}`, `\${{[${path}][0]}}`]) {
      assert.deepEqual((await define(written)).warnings ?? [], []);
      const { output } = await engine.opcode.run({ template_name: "w", agent_id: "bot" } as never);
      assert.deepEqual(output, { got: expected });
    }
  });
}

test("a step that is not the last of its list is not handed out: the one that is, is named", () => {
  const read = (outer: JsonObject) =>
    errorsOf(workflow(
      outer,
      step("r", {
        depends_on: ["o"],
        params: { message: "${{steps.x.output}}" },
      }),
    ));
  const told = (last: string, path: string) => [
    `steps[1].params.message: reads step "x", which is nested in step "o"; only the output of the ` +
    `last step there is read outside, "${last}" as ${path}: put "x" last, or let the last one give ` +
    "what is needed",
  ];
  assert.deepEqual(read(loop("o", step("x"), step("z"))), told("z", "steps.o.output.results"));
  assert.deepEqual(
    read(parallel("o", [choice("c", { true: [step("x")] }), step("z")])),
    told("z", "steps.o.output.branches[0]"),
  );
});

test("the full id of a step in a loop, which no run has, is an error in bare CEL too", () => {
  const condition = "steps['o.iter_*.x'].output.n > 1";
  assert.match(
    errorsOf(workflow(loop("o", step("x")), step("r", { depends_on: ["o"], condition })))[0]!,
    /names no step of a run: "x" is nested in step "o"; its output is read as steps\.o\.output\.results$/,
  );
});
