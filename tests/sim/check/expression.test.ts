// Whether the checker's own small evaluator agrees with the real one on all that is generated.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../../../core/json.ts";
import { loadCel } from "../../../embed/cel.ts";
import { seeded } from "../../support/random.ts";
import { Draw } from "../../support/generate/values.ts";
import type { Place } from "../generate/place.ts";
import { choice, defaultInputs, guard } from "../generate/values.ts";
import { evaluate, follow, NoValue } from "./expression.ts";

const steps: Record<string, { status: string; output?: Json }> = {
  s1: { status: "completed", output: { id: "s1", attempt: 2, value: [1] } },
  s2: { status: "skipped" },
};

/** Null stands for a failure: no generated expression is null but the literal. */
function outcome(run: () => Json): Json {
  try {
    return [run()];
  } catch (thrown) {
    if (thrown instanceof NoValue || (thrown as { code?: string }).code) return null;
    throw thrown;
  }
}

test("generated expressions mean the same to the checker and to CEL", async () => {
  const cel = await loadCel();
  const place = {
    depth: 2,
    before: Object.keys(steps).map((id) => ({ id, type: "action", sim: true, list: false })),
    inLoop: true,
  } as unknown as Place;
  const seen = new Set<string>();
  for (let seed = 0; seed < 1_000; seed++) {
    const draw = new Draw(seeded(seed));
    const inputs = defaultInputs(draw);
    const loop = { item: "x", index: draw.int(0, 3) };
    const context = { k: draw.int(0, 2) };
    const source = draw.chance(0.5) ? guard(draw, place) : choice(draw, place).expression;
    seen.add(source);
    const own = outcome(() =>
      evaluate(source, (root, keys) => {
        const step = steps[keys[0]!];
        if (root === "steps") return follow(step as Json, keys.slice(1));
        return follow(({ inputs, context, iter: loop } as Record<string, Json>)[root]!, keys);
      })
    );
    const real = outcome(() =>
      cel.compile(source).evaluate({
        step: (id) => steps[id] && { output: undefined, ...steps[id] },
        stepIds: () => Object.keys(steps),
        input: (name) => inputs[name],
        inputNames: () => Object.keys(inputs),
        workflow: {},
        context,
        loop,
      })
    );
    assert.deepEqual(own, real, `${source} with ${JSON.stringify({ inputs, loop, context })}`);
  }
  assert.ok(seen.size > 20, `only ${seen.size} expressions`);
});

test("a side that decides absorbs the failure of the other", () => {
  const fails = () => {
    throw new NoValue("nothing there");
  };
  assert.equal(evaluate("x.y == 1 || true", fails), true);
  assert.equal(evaluate("false && x.y == 1", fails), false);
  assert.throws(() => evaluate("x.y == 1 || false", fails), NoValue);
});
