// Whether the panel finds the step of a definition that a full id of a run means.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stepWritten } from "../../panel/step-written.ts";

const uuid = (id: string, more: object = {}) => ({ id, action: "crypto.uuid", ...more });

const DEFINITION = {
  steps: [
    uuid("plain", { params: { a: "${{inputs.a}}" } }),
    {
      id: "each",
      type: "loop",
      config: { over: [1, 2], body: [uuid("x", { note: "in the loop" })] },
    },
    {
      id: "pick",
      type: "condition",
      config: {
        expression: "inputs.a",
        default: [uuid("x", { note: "else" })],
        branches: { "big": [uuid("x", { note: "big" })], small: [uuid("y")] },
      },
    },
    {
      id: "both",
      type: "parallel",
      config: { branches: [[uuid("x", { note: "0" })], [uuid("x", { note: "1" })]] },
    },
  ],
};

const noteOf = (id: string) => stepWritten(DEFINITION, id)?.note;

test("a step is found below what holds it", () => {
  assert.deepEqual(stepWritten(DEFINITION, "plain"), DEFINITION.steps[0]);
  assert.equal(noteOf("each.iter_0.x"), "in the loop");
  assert.equal(noteOf("each.iter_*.x"), "in the loop");
  assert.equal(noteOf("pick.big.x"), "big");
  assert.equal(noteOf("pick.default.x"), "else");
  assert.equal(noteOf("both.branch_0.x"), "0");
  assert.equal(noteOf("both.branch_1.x"), "1");
});

test("what holds steps is shown without them", () => {
  assert.deepEqual(stepWritten(DEFINITION, "each")?.config, { over: [1, 2] });
  assert.deepEqual(stepWritten(DEFINITION, "pick")?.config, { expression: "inputs.a" });
  assert.deepEqual(stepWritten(DEFINITION, "both")?.config, {});
});

test("what there is not is not found", () => {
  for (
    const id of ["", "none", "each.iter_0.none", "plain.a.b", "pick.small.x", "both.branch_7.x"]
  ) {
    assert.equal(stepWritten(DEFINITION, id), undefined, id);
  }
  for (const definition of [undefined, null, {}, { steps: 1 }, { steps: [null, 1, {}] }]) {
    assert.equal(stepWritten(definition, "a"), undefined);
  }
});
