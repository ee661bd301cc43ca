// That expressions of every shape, and broken ones, end as answers or as errors of the language.

import { test } from "node:test";
import { exprTarget } from "../../fuzz/expr.ts";
import { seeded } from "../../support/random.ts";

test("3,000 generated expressions neither crash nor hang nor escape", async () => {
  const run = await exprTarget.load();
  const random = seeded(20_261_121);
  for (let i = 0; i < 3_000; i++) await run(random);
});
