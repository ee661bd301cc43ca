// What CEL expressions answer over a workflow's data.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpcodeError } from "../../../core/errors.ts";
import type { Json } from "../../../core/json.ts";
import { loadCel } from "../../../embed/cel.ts";
import { createScope } from "./scope.ts";

const cel = await loadCel();
const looked: string[] = [];
const scope = createScope({
  steps: {
    f: {
      status: "completed",
      output: { x: 1, code: 200, text: "aé😀", list: [1, 2, 3], nil: null },
    },
    "a-b": { status: "completed", output: { exit_code: 0 } },
    "L.iter_0.a": { status: "completed", output: { hash: "h" } },
    http: { status: "completed", output: { status: "200 OK" } },
    choice: { status: "completed", output: { branch: "yes", output: { x: 2 } } },
    listed: { status: "completed", output: [1, 2] },
    skipped: { status: "skipped", output: undefined },
    broken: { status: "failed", output: undefined, error: { code: "TIMEOUT_ERROR" } },
  },
  inputs: {
    n: 5,
    half: 2.5,
    big: 1234567,
    five: "5",
    xs: [{ k: "a" }, { k: "b" }],
    words: ["urgent", "now"],
    message: "act now",
    nil: null,
    if: 1,
    in: 2,
    nested: { constructor: 3 },
  },
  loop: { item: 4, index: 3 },
  onLookup: (name) => looked.push(name),
});

/** Source → JSON. */
const ANSWERS: [string, Json][] = [
  ["steps['a-b'].exit_code == 0", true],
  ["steps.f.x", 1],
  ["steps.f.output.x", 1],
  ["steps['f'].output.code == 200", true],
  ["steps['L.iter_0.a'].hash", "h"],
  ["steps.f.status", "completed"],
  ["steps.http.status", "200 OK"],
  ["steps.choice.output.branch", "yes"],
  ["steps.choice.output.output.x", 2],
  ["steps.choice.branch", "yes"],
  ["has(steps.choice.output.branch)", true],
  ["steps.listed.output[1]", 2],
  ["steps.f", { x: 1, code: 200, text: "aé😀", list: [1, 2, 3], nil: null }],
  ["steps.skipped.status == 'skipped'", true],
  ["steps.skipped.output == null", true],
  ["steps.skipped.exit_code == 0", false],
  ["has(steps.skipped.exit_code)", false],
  ["steps.broken.error.code", "TIMEOUT_ERROR"],
  ["'f' in steps && !('g' in steps)", true],
  ["has(steps.f.x) && !has(steps.f.y) && has(steps.f.nil) && has(steps.f.output)", true],
  ["has(steps.nope)", false],
  ["'nil' in inputs && inputs.nil == null", true],
  ["inputs.n + 1", 6],
  ["1 - inputs.half", -1.5],
  ["inputs.n * 2 / 4", 2.5],
  ["inputs.n % 2 == 1", true],
  ["iter.index % 2", 1],
  ["iter.item % 3", 1],
  ["int(iter.item) % 2", 0],
  ["iter.index + 1 < inputs.n", true],
  ["7 / 2", 3],
  ["inputs.n > 10", false],
  ["inputs.big", 1234567],
  ["inputs.five == inputs.n", false],
  ["'5' == 5", false],
  ["dyn(1) == 1.0", true],
  ["true || steps.nope.x", true],
  ["steps.nope.x || true", true],
  ["steps.nope.x && false", false],
  ["inputs['in'] + inputs.if", 3],
  ["inputs.xs[1].k", "b"],
  ["inputs.xs[steps.f.x].k", "b"],
  ["inputs.words.exists(w, inputs.message.contains(w))", true],
  ["inputs.words.exists_one(w, w == 'now')", true],
  ["inputs.words.all(w, size(w) > 2)", true],
  ["!(inputs.message in ['a', 'b'])", true],
  ["inputs.xs.map(x, x.k)", ["a", "b"]],
  ["inputs.xs.map(x, x.k == 'b', {'was': x, 'n': null})", [{ was: { k: "b" }, n: null }]],
  ["inputs.xs.filter(x, x.k != 'a') + [1, 2.5]", [{ k: "b" }, 1, 2.5]],
  ["[1].map(x, [[x]]) + [1].map(y, [[y]])", [[[1]], [[1]]]],
  ["{'a': {1: [null, true]}}", { a: { "1": [null, true] } }],
  ["inputs.n > 3 ? 'yes' : 'no'", "yes"],
  ["size(steps.f.text)", 3],
  ["steps.f.text.size() == 3", true],
  ["'foobar'.matches('^fo+b') && !'x'.matches('(a+)+$')", true],
  ["timestamp('2024-02-03T04:05:06Z') + duration('1h')", "2024-02-03T05:05:06Z"],
  ["timestamp('2024-02-03T04:05:06Z').getFullYear()", 2024],
  ["timestamp('2024-01-01T00:00:00Z') == timestamp('2024-01-01T01:00:00+01:00')", true],
  ["type(timestamp('2024-01-01T00:00:00Z')) == google.protobuf.Timestamp", true],
  ["duration('90s')", "90s"],
  ["b'abc'", "YWJj"],
  ["type(inputs.n)", "double"],
  ["9007199254740991", 9007199254740991],
  ["9007199254740993", 9007199254740993n],
  ["18446744073709551615u", 18446744073709551615n],
  ['r\'\\d\' + """a\nb""" // comment', "\\da\nb"],
  ["workflow.run_id", "r1"],
  ["size(context)", 0],
  ["iter", { item: 4, index: 3 }],
  ["[1, [2]] == [1.0, [2]] && {'a': 1} == {'a': 1.0} && inputs.xs == [{'k':'a'},{'k':'b'}]", true],
  ["{'__proto__': 1}['__proto__']", 1],
  ["inputs.nested.constructor", 3],
  ["  ${{ inputs.n > 3 }} ", true],
];

for (const [source, answer] of ANSWERS) {
  test(`answers ${source}`, () => assert.deepEqual(cel.compile(source).evaluate(scope), answer));
}

/** Source → what its message says, line, column. */
const REFUSED: [string, RegExp, number?, number?][] = [
  ["", /empty/],
  ["${{  }}", /empty/],
  ["inputs.n >", /syntax error|too early/, 1, 10],
  ["inputs.n\n  + nope.x", /unknown name "nope"; there are steps, inputs/, 2, 5],
  ["secrets.K == 'x'", /unknown name "secrets"/, 1, 1],
  ["loop.index < 5", /"loop" is a reserved word.*iter\.index/, 1, 1],
  ["inputs.n == while", /"while" is a reserved word/, 1, 13],
  ["inputs.in", /"in" is a reserved word.*\['in'\]/, 1, 8],
  ["now() > 1", /unknown function "now"/],
  ["'a,b'.split(',')", /unknown function "split"/],
  ["inputs.?n", /syntax error/],
  ["cel.bind(x, 1, x)", /unknown/],
  ["`a`", /syntax error/],
  ["'a' 'b'", /syntax error/],
  ["size(1, 2)", /does not take 2 arguments/],
  ["has(inputs)", /unknown function "has"/],
  ["Thing{a: 1}", /unknown type "Thing"/],
  ["1 == 1.0", /never compared/, 1, 3],
  ["9223372036854775808", /64 bits/],
  ["inputs.xs.map(x, x.k) == x", /unknown name "x"/],
  ["${{inputs.n}} == ${{inputs.n}}", /syntax error/],
  ["constructor", /unknown name/],
  ["__proto__", /unknown name/],
];

for (const [source, message, line, column] of REFUSED) {
  test(`refuses to compile ${JSON.stringify(source)}`, () => {
    assert.throws(() => cel.compile(source), (error: any) => {
      assert.equal(error.code, "VALIDATION_ERROR");
      assert.match(error.message, message);
      assert.equal(typeof error.details.expression, "string");
      if (line !== undefined) {
        assert.deepEqual([error.details.line, error.details.column], [line, column]);
      }
      return true;
    });
  });
}

/** Source → what its message says. */
const FAILING: [string, RegExp][] = [
  ["steps.nope.x", /nope/],
  ["steps.f.y", /y/],
  ["steps.listed[0]", /0/],
  ["inputs.xs[2]", /index 2/],
  ["true && steps.nope.x", /nope/],
  ["'a' + 1", /string, int/],
  ["inputs.five < 3", /string, int/],
  ["inputs.message ? 1 : 2", /string/],
  ["inputs.half % 2", /whole numbers/],
  ["inputs.n % 0", /modulus by zero/],
  ["1 / 0", /divide by zero/],
  ["9223372036854775807 + 1", /overflow/],
  ["1.0 / 0.0", /not a JSON number/],
  ["inputs.constructor", /constructor/],
  ["inputs.__proto__", /__proto__/],
  ["inputs['toString']", /toString/],
  ["'a'.matches('(')", /./],
];

for (const [source, message] of FAILING) {
  test(`fails at run time: ${source}`, () => {
    assert.throws(() => cel.compile(source).evaluate(scope), (error: any) => {
      assert.equal(error.code, "EXECUTION_ERROR");
      assert.match(error.message, message);
      assert.deepEqual(error.details, { expression: source });
      return true;
    });
  });
}

test("outside loops iter is empty", () => {
  const outside = createScope({});
  assert.equal(cel.compile("has(iter.item)").evaluate(outside), false);
  assert.throws(() => cel.compile("iter.index < 5").evaluate(outside), {
    code: "EXECUTION_ERROR",
  });
});

test("a condition is true, false, or an error", () => {
  assert.equal(cel.compile("inputs.n == 5").evaluateBoolean(scope), true);
  assert.equal(cel.compile("inputs.n == 6").evaluateBoolean(scope), false);
  assert.throws(() => cel.compile("inputs.n").evaluateBoolean(scope), {
    code: "EXECUTION_ERROR",
    message: /true or false, not double/,
  });
});

test("only what an expression names is looked up", () => {
  looked.length = 0;
  cel.compile("steps['a-b'].exit_code == 0 && inputs.n == 5").evaluateBoolean(scope);
  assert.deepEqual(looked, ["steps.a-b", "inputs.n"]);
});

test("a result shares nothing with the scope", () => {
  for (const source of ["inputs.xs", "[inputs.xs][0]", "steps.f.list"]) {
    const program = cel.compile(source);
    const before = structuredClone(program.evaluate(scope));
    (program.evaluate(scope) as Json[]).push("changed");
    assert.deepEqual(program.evaluate(scope), before);
  }
});

test("an error of the scope keeps its code", () => {
  const failing = createScope({});
  failing.input = () => {
    throw new OpcodeError("VAULT_ERROR", "no vault");
  };
  assert.throws(() => cel.compile("inputs.n").evaluate(failing), { code: "VAULT_ERROR" });
  assert.throws(() => cel.compile("size(inputs.n) > 1").evaluate(failing), { code: "VAULT_ERROR" });
});

test("a program is compiled once while it is among the last 1,000", () => {
  const first = cel.compile("inputs.n == 424242");
  assert.equal(cel.compile("${{ inputs.n == 424242 }}"), first);
  for (let i = 0; i < 1000; i++) cel.compile(`${i} < inputs.n`);
  assert.notEqual(cel.compile("inputs.n == 424242"), first);
});

test("an expression that is cut short is reported at its end", () => {
  for (const source of ["((", "a.b[", "1 +", "[1, "]) {
    assert.throws(() => cel.compile(source), (error: OpcodeError) => {
      assert.equal(error.code, "VALIDATION_ERROR");
      return true;
    }, source);
  }
});
