// Whether generated scenarios are valid, the same for the same seed, and rich in what matters.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepDefinition } from "../../../engine/definition/types.ts";
import { childLists } from "../../../engine/definition/children.ts";
import { checkDefinition } from "../../../engine/definition/check.ts";
import { DEFAULT_LIMITS } from "../../../engine/limits.ts";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { Json } from "../../../core/json.ts";
import { seeded } from "../../support/random.ts";
import { SIM_ACTIONS } from "../outcome.ts";
import { countFeatures } from "./features.ts";
import { generateScenario } from "./scenario.ts";

const SEEDS = 2_000;

const scenarios = Array.from({ length: SEEDS }, (_, seed) => generateScenario(seeded(seed)));

const registry = createRegistry([
  ...builtinActions,
  ...Object.entries(SIM_ACTIONS).map(([name, { effects, repeatable }]) => ({
    name,
    description: "A simulated action.",
    effects,
    repeatable,
    input: { type: "object", required: ["id", "behave"] },
    output: {},
    execute: () => null,
  })),
]);

test("every generated definition is valid", async () => {
  for (const [seed, { templates }] of scenarios.entries()) {
    for (const { name, definition } of templates) {
      const raw = definition as unknown as Json;
      const report = await checkDefinition({ definition: raw }, {
        registry,
        limits: DEFAULT_LIMITS,
      });
      assert.deepEqual(report.errors, [], `template ${name} of seed ${seed}`);
    }
  }
});

test("the same seed gives the same scenario", () => {
  for (const seed of [0, 1, 999]) {
    assert.deepEqual(generateScenario(seeded(seed)), scenarios[seed]);
  }
});

test("definitions stay small: at most 40 steps, four levels, 1 to 8 steps at the top", () => {
  const walk = (steps: readonly StepDefinition[], depth: number): [number, number] => {
    let [count, deepest] = [steps.length, depth];
    for (const step of steps) {
      for (const list of childLists(step)) {
        if (list.steps.length === 0) continue;
        const [inner, level] = walk(list.steps, depth + 1);
        count += inner;
        deepest = Math.max(deepest, level);
      }
    }
    return [count, deepest];
  };
  let total = 0;
  for (const [seed, { templates }] of scenarios.entries()) {
    for (const { definition } of templates) {
      const hooks = [definition.on_complete, definition.on_error].filter((hook) =>
        hook !== undefined
      );
      const [count, deepest] = walk([...definition.steps, ...hooks], 1);
      total += count;
      assert.ok(count <= 40, `seed ${seed} has ${count} steps`);
      assert.ok(deepest <= 4, `seed ${seed} is ${deepest} levels deep`);
    }
  }
  assert.ok(total / SEEDS > 8, `only ${total / SEEDS} steps a seed`);
});

test("every step type, signal and nesting pair is in at least 5 % of the seeds", (t) => {
  const counts = countFeatures(scenarios);
  const share = (name: string) => (counts.get(name) ?? 0) / SEEDS;
  const types = ["action", "condition", "loop", "parallel", "wait", "reasoning"];
  const needed = [
    ...types.map((type) => `type:${type}`),
    ...["condition", "loop", "parallel"].flatMap((outer) =>
      types.map((inner) => `${outer}>${inner}`)
    ),
    ...["decision", "data", "cancel", "retry", "skip", "invalid"].map((kind) => `signal:${kind}`),
    ...["ignore", "fallback_step", "fail_workflow", "retry"].map((way) => `on_error:${way}`),
    ...["none", "linear", "exponential", "constant", "absent"].map((kind) => `backoff:${kind}`),
    ...["for_each", "while", "until", "concurrent"].map((mode) => `loop:${mode}`),
    ...["all", "race"].map((mode) => `parallel:${mode}`),
    ...["duration", "signal", "duration+signal"].map((kind) => `wait:${kind}`),
    ...["ok", "fail", "fail_hard", "flaky", "slow", "hang"].map((way) => `behave:${way}`),
    ...["sim.pure", "sim.external", "sim.repeatable"].map((name) => `action:${name}`),
    ...["context", "emit", "run", "fail"].map((name) => `action:workflow.${name}`),
    ...["options", "fallback", "timeout", "target_agent"].map((name) => `reasoning:${name}`),
    ...["hook:on_complete", "hook:on_error", "guard", "depends_on"],
  ];
  for (const name of counts.keys()) {
    t.diagnostic(`${(share(name) * 100).toFixed(1).padStart(5)} % ${name}`);
  }
  const rare = needed.filter((name) => share(name) < 0.05);
  assert.deepEqual(rare.map((name) => `${name}: ${share(name)}`), []);
});
