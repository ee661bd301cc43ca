// That a definition is checked and compiled in pieces, none of which is longer than a few steps.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { Slicing } from "../../../core/slices.ts";
import { checkDefinition } from "../../../engine/definition/check.ts";
import { compilePlan } from "../../../engine/definition/compile.ts";
import { DEFAULT_LIMITS } from "../../../engine/limits.ts";

const registry = createRegistry(builtinActions);
const steps = Array.from({ length: 200 }, (_, i) => ({
  id: `s${i}`,
  action: "crypto.uuid",
  condition: `inputs.x > ${i}`,
}));
const body = { steps: [{ id: "l", type: "loop", config: { over: [1], body: steps } }] };

/** Slices of which each has taken its time as soon as it begins. */
function counted(): { slicing: Slicing; pauses: () => number } {
  let pauses = 0;
  const pause = () => {
    pauses++;
    return Promise.resolve();
  };
  return { slicing: () => ({ due: true, pause }), pauses: () => pauses };
}

test("a check can pause after each step, at any depth", async () => {
  const { slicing, pauses } = counted();
  const options = { registry, limits: DEFAULT_LIMITS, slicing };
  const report = await checkDefinition({ definition: body }, options);
  assert.deepEqual(report.errors, []);
  assert.ok(pauses() >= 2 * steps.length, `${pauses()} pauses`);
});

test("so can compiling", async () => {
  const { slicing, pauses } = counted();
  const row = {
    name: "t",
    version: 1,
    description: null,
    definition: JSON.stringify(body),
    inputSchema: null,
    outputSchema: null,
    triggers: null,
    agentId: "a",
    createdAt: 0,
    archivedAt: null,
  };
  const plan = await compilePlan(row, registry, slicing());
  assert.equal(plan.steps.length, 1);
  assert.ok(pauses() >= steps.length, `${pauses()} pauses`);
});
