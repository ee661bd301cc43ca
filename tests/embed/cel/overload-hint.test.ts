// What is advised where CEL has no operation for values of two types.

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadCel } from "../../../embed/cel.ts";
import { createScope } from "./scope.ts";

test("the error of two types that do not go together says what makes them one", async () => {
  const cel = await loadCel();
  const scope = createScope({ inputs: { n: 1.5, t: "5", i: 3 } });
  const cases: [string, RegExp][] = [
    ["'x' + inputs.n", /'\(string, double\)'.*; text is made of the other by string\(…\)$/],
    ["inputs.n + 'x'", /; text is made of the other by string\(…\)$/],
    ["inputs.t > 3", /; a number is made of a text by double\(…\) or int\(…\)$/],
    ["inputs.t - 3", /; a number is made of a text by double\(…\) or int\(…\)$/],
  ];
  for (const [source, message] of cases) {
    assert.throws(() => cel.compile(source).evaluate(scope), { message }, source);
  }
});
