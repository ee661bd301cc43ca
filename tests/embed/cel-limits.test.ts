// That no expression can hold its thread or its memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadCel } from "../../embed/cel.ts";
import { createScope } from "./cel-scope.ts";

const cel = await loadCel();
const items = Array.from({ length: 2000 }, (_, i) => i);
const scope = createScope({ inputs: { items, text: "a".repeat(1_000_000) } });

/** What breaks a limit, and how the limit is called. */
const RUNAWAYS: [string, RegExp][] = [
  ["true || true ? inputs.items.exists(x, x in inputs.items && false) : true", /steps/],
  ["inputs.items.all(x, inputs.items == inputs.items)", /steps/],
  ["inputs.items.all(x, inputs.text.contains('b') == false)", /steps/],
  ["inputs.items.all(x, inputs.text.matches('b') == false)", /steps/],
  ["['aaaa']" + ".map(x, x + x)".repeat(60), /characters a text/],
  ["[[1]]" + ".map(x, x + x)".repeat(60), /steps/],
  ["[1]" + ".map(x, [x, x])".repeat(60), /steps/],
  [`[1]${".map(x, [x, x])".repeat(60)} == [1]${".map(x, [x, x])".repeat(60)}`, /steps/],
  ["inputs.items.all(x, inputs.items.all(y, true)) || true", /limit of 1000000 steps/],
];

for (const [source, limit] of RUNAWAYS) {
  test(`ends at a limit: ${source.slice(0, 70)}`, () => {
    assert.throws(() => cel.compile(source).evaluate(scope), (error: any) => {
      assert.equal(error.code, "EXECUTION_ERROR");
      assert.match(error.message, limit);
      assert.equal(error.details.retryable, false);
      return true;
    });
  });
}

test("a limit belongs to one evaluation", () => {
  const program = cel.compile("inputs.items.all(x, x % 4 != 0 || inputs.items.exists(y, y >= 0))");
  for (let i = 0; i < 3; i++) assert.equal(program.evaluate(scope), true);
});

test("lazy inputs that evaluate expressions spend their own budget", () => {
  const inner = cel.compile("inputs.items.all(x, x >= 0)");
  const nested = createScope({ inputs: {} });
  nested.input = () => inner.evaluate(scope);
  const outer = cel.compile("[1, 2, 3].all(x, inputs.lazy)");
  assert.equal(outer.evaluateBoolean(nested), true);
});

test("mapping a long list takes time in proportion", () => {
  const long = createScope({ inputs: { items: Array.from({ length: 100_000 }, (_, i) => i) } });
  const mapped = cel.compile("inputs.items.map(x, x + 1)").evaluate(long) as number[];
  assert.equal(mapped.length, 100_000);
  assert.equal(mapped[99_999], 100_000);
});

const DEEP: [string, string][] = [
  ["parentheses", "(".repeat(5000) + "1" + ")".repeat(5000)],
  ["lists", "[".repeat(5000) + "]".repeat(5000)],
  ["sums", "1" + "+1".repeat(5000)],
  ["ternaries", "true?1:".repeat(500) + "1"],
  ["length", `'${"a".repeat(16 * 1024)}'`],
];

for (const [name, source] of DEEP) {
  test(`refuses too much of ${name}`, () => {
    assert.throws(() => cel.compile(source), {
      code: "VALIDATION_ERROR",
      message: /nests too deeply|longer than 16384/,
    });
  });
}
