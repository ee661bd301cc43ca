// Which lines stand for the steps of a run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { generalId, stepRows } from "../../cli/step-rows.ts";
import type { StepStatus } from "../../core/status.ts";

const step = (step_id: string, status: StepStatus = "completed") => ({
  workflow_id: "w",
  step_id,
  status,
  attempt: 1,
  retry_count: 0,
});
const rows = (steps: ReturnType<typeof step>[]) =>
  stepRows(steps).map(({ id, status }) => `${id} ${status}`);

test("what is inside a step follows it, at every depth and with any branch's name", () => {
  const ids = ["a", "b", "b.v1.2.x", "a.iter_0.c", "a.iter_0.c.true.d"];
  assert.deepEqual(rows(ids.map((id) => step(id))), [
    "a completed",
    "a.iter_0.c completed",
    "a.iter_0.c.true.d completed",
    "b completed",
    "b.v1.2.x completed",
  ]);
});

test("many repetitions are counted; those that failed or wait are shown, a few of them", () => {
  const status = (n: number): StepStatus => n < 3 ? "failed" : n > 95 ? "suspended" : "completed";
  const steps = Array.from({ length: 100 }, (_, n) => step(`a.iter_${n}.b`, status(n)));
  assert.deepEqual(rows([step("a", "failed"), ...steps]), [
    "a failed",
    "a.iter_*.b 3 failed, 93 completed, 4 suspended",
    "a.iter_0.b failed",
    "a.iter_1.b failed",
    "a.iter_2.b failed",
    "a.iter_96.b suspended",
    "a.iter_97.b suspended",
  ]);
  const branches = Array.from({ length: 6 }, (_, n) => step(`p.branch_${n}.b`));
  assert.deepEqual(rows([step("p"), ...branches]), ["p completed", "p.branch_*.b 6 completed"]);
});

test("the general id of a step is the same in all iterations and branches", () => {
  assert.equal(generalId("a.iter_3.b.branch_0.c"), "a.iter_*.b.branch_*.c");
  assert.equal(generalId("iter_3"), "iter_3");
  assert.equal(generalId("a.true.b"), "a.true.b");
});
