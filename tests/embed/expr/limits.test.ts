// That no expression holds its thread or its memory, and that errors show their place.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_ONCE } from "../../../embed/expr/budget.ts";
import { BudgetSpent } from "../../../embed/expr/engine.ts";
import { answer, expr, refusal } from "./cases.ts";

/** What breaks a limit, and how the limit is called. */
const RUNAWAYS: [source: string, limit: RegExp][] = [
  ["1..10000000", /memory limit of 1,000,000 elements/],
  ["0..n * 1e300", /memory limit/],
  ["let a = [0, 0, 0, 0]; reduce(1..40, [#acc, #acc], a)", /result limit of 2,000,000/],
  ["mean(reduce(1..40, [#acc, #acc], [0]))", /memory limit/],
  ["map(1..1000, map(1..1000, map(1..1000, 1)))", /memory limit/],
  ["repeat('x', 1000000000)", /memory limit/],
  ["reduce(1..100, concat(#acc, #acc), [1])", /memory limit/],
  ["reduce(1..1000, #acc + #acc, 'x')", /text limit/],
  ["reduce(1..1000, replace(#acc, 'x', repeat('x', 200)), 'x')", /text limit/],
  ["reduce(1..1000, join([#acc, #acc], 'x'), 'x')", /text limit/],
  ["reduce(1..1000, toJSON(#acc), '\"')", /text limit/],
  ["reduce(1..1000, string([#acc, #acc]), 'x')", /text limit/],
  ["reduce(1..1000, toBase64(#acc), 'x')", /text limit/],
  ["reduce(1..10000, [#acc], 1)", /500 nested/],
  ["string(reduce(1..10000, {{a: #acc}}, 1))", /500 nested/],
  ["toJSON(reduce(1..10000, [#acc], 1))", /500 nested/],
  ["reduce(1..10000, [#acc], 1) == reduce(1..10000, [#acc], 1)", /500 nested/],
  ["flatten(reduce(1..10000, [#acc], 1))", /500 nested/],
  ["fromJSON(repeat('[', 5000) + repeat(']', 5000))", /500 nested/],
];

test("what breaks a limit of size, memory or nesting says which, and is not retried", () => {
  for (const [source, limit] of RUNAWAYS) {
    const error = refusal(source);
    assert.equal(error.code, "EXECUTION_ERROR", source);
    assert.match(error.message, limit, source);
    assert.equal(error.details!.retryable, false, source);
  }
});

test("a range of numbers up to the memory limit is possible", () => {
  assert.equal(answer("len(1..1000000)"), 1_000_000);
});

test("a run whose steps are spent can be told from others and done again with more", () => {
  const program = expr.compile("sum(1..1000, # * 2)");
  assert.throws(() => program.run({}, { budget: { steps: 1_000 } }), (error: any) => {
    assert.ok(error instanceof BudgetSpent);
    assert.equal(error.code, "TIMEOUT_ERROR");
    assert.equal(error.details!.retryable, false);
    assert.equal(error.details!.expression, "sum(1..1000, # * 2)");
    return true;
  });
  assert.equal(program.run({}), 1_001_000);
});

test("loops, sorting, comparing and searching spend steps", () => {
  const env = { list: Array.from({ length: 2_000 }, (_, i) => i), text: "ab".repeat(100_000) };
  const sources = [
    "all(list, all(list, true))",
    "count(list, # in list)",
    "count(list, list == list[:])",
    "all(list, len(sort(list)) > 0)",
    "uniq(map(list, [#]))",
    "all(list, text not matches 'c+d')",
    "all(list, text not contains 'c')",
    "[[list, list, list, list, list]] | map([#, #, #]) | map([#, #, #]) | map([#, #, #])",
  ];
  for (const source of sources) {
    const budget = { steps: 50_000 };
    assert.throws(() => expr.compile(source).run(env, { budget }), BudgetSpent, source);
  }
});

test("a run that may do nothing ends, whatever it does", () => {
  for (const source of ["all(1..2000, all(1..2000, true))", "1", "now()"]) {
    const run = () => expr.compile(source).run({}, { budget: { steps: 0 }, now: 0 });
    assert.throws(run, BudgetSpent, source);
  }
});

test("a search that would take more than may be spent is not begun", () => {
  const program = expr.compile("text matches '(x+x+)+y'");
  const env = { text: "x".repeat(1_000_000) };
  assert.throws(() => program.run(env, { budget: AT_ONCE }), BudgetSpent);
});

test("what one evaluation spends does not depend on what was evaluated before", () => {
  const env = { text: "zone x", list: [3, 1, 2] };
  const sources = [
    "timezone('Africa/Harare').String()",
    "text matches 'z[o]n(e) .' and text matches text",
    "date('2024-02-29').Format('2006')",
    "toJSON(sort(list)) + string(list)",
  ];
  const least = (source: string) => {
    const runs = (steps: number) => {
      try {
        expr.compile(source).run(env, { budget: { steps } });
        return true;
      } catch (thrown) {
        if (thrown instanceof BudgetSpent) return false;
        throw thrown;
      }
    };
    let [low, high] = [0, 1 << 16];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (runs(middle)) high = middle;
      else low = middle;
    }
    return high;
  };
  for (const source of sources) {
    // The first probe fails early, and the last ones find everything known.
    const first = least(source);
    assert.ok(first > 1 && first < 1 << 16, source);
    for (let i = 0; i < 120; i++) answer(`'x' matches 'y${i}'`);
    assert.equal(least(source), first, source);
  }
});

test("long texts are read as numbers, dates and durations in linear time", () => {
  const digits = "1".repeat(300_000);
  const env = { digits: `${digits}x`, spaces: `${" ".repeat(300_000)}x` };
  for (
    const source of [
      "int(digits)",
      "float(digits)",
      "duration(digits)",
      "date(digits)",
      "date(digits, digits)",
      "timezone(digits)",
      "fromBase64(digits)",
      "fromJSON(digits)",
    ]
  ) {
    assert.equal(refusal(source, env).code, "EXECUTION_ERROR", source);
  }
  assert.equal(answer("trim(spaces) + trim(spaces, ' ')", env), "xx");
});

test("a budget belongs to one run, and functions that evaluate have their own", () => {
  const inner = expr.compile("sum(1..500)");
  const outer = expr.compile("map(1..3, f())");
  const env = { f: () => inner.run({}, { budget: { steps: 2_000 } }) };
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(outer.run(env, { budget: { steps: 500 } }), [
      125250,
      125250,
      125250,
    ]);
  }
});

test("a source has 10,000 nodes, 64 KiB and 500 brackets in each other at most", () => {
  assert.equal(answer(`1${" + 1".repeat(4_999)}`), 5_000);
  assert.match(refusal(`1${" + 1".repeat(5_001)}`).message, /10,000 nodes/);
  assert.match(refusal(" ".repeat(70_000) + "1").message, /longer than 65536/);
  for (
    const source of [
      "(".repeat(5_000) + "1" + ")".repeat(5_000),
      "[".repeat(5_000) + "]".repeat(5_000),
      "-".repeat(5_000) + "1",
      "not ".repeat(5_000) + "true",
      "a" + "?.b".repeat(3_000),
      "a" + "[0]".repeat(4_900),
      "true ? 1 : ".repeat(3_000) + "2",
      "let a = 1; ".repeat(3_000) + "a",
    ]
  ) {
    const error = refusal(source);
    assert.equal(error.code, "VALIDATION_ERROR", source.slice(0, 20));
    assert.match(error.message, /nests too deeply/, source.slice(0, 20));
  }
});

test("errors name line and column and show the place", () => {
  const error = refusal('let a = 1;\na + "é" +\n\tb');
  assert.deepEqual(error.details, {
    expression: 'let a = 1;\na + "é" +\n\tb',
    line: 2,
    column: 3,
  });
  assert.equal(
    error.message,
    '+ does not go with int and string (line 2, column 3)\n | a + "é" +\n | ..^',
  );
  const far = refusal(`[${"1, ".repeat(100)}1 + 'a']`);
  assert.match(far.message, /\n \| .{60}\n \| \.*\^$/);
});

test("an error of a called function is reported at its call", () => {
  const error = refusal("1 + fails()", {
    fails: () => {
      throw new Error("no luck");
    },
  });
  assert.equal(error.code, "EXECUTION_ERROR");
  assert.match(error.message, /^no luck \(line 1, column 5\)/);
});

test("programs are kept by the length of their sources, not only by their number", () => {
  const sources = Array.from({ length: 40 }, (_, i) => `"${"x".repeat(10_000)}${i}"`);
  const programs = sources.map((source) => expr.compile(source));
  const kept = sources.toReversed().filter((source) => programs.includes(expr.compile(source)));
  assert.equal(kept.length, 26);
});
