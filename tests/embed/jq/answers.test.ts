// What jq programs answer over JSON, and what they cannot reach.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../../../core/json.ts";
import { evaluateHere } from "../../../embed/worker/engines.ts";

const run = (source: string, data: Json = null) =>
  evaluateHere({ engine: "jq", source, data, mode: "value", now: 1_767_225_600_123 });
const all = (source: string, data: Json = null) =>
  evaluateHere({ engine: "jq", source, data, mode: "all" });

/** Program, input, answer: from the suites of jq and gojq, and of our own. */
const ANSWERS: [source: string, data: Json, answer: Json][] = [
  [".steps.a.items", { steps: { a: { items: [1, 2] } } }, [1, 2]],
  ["[.items[] | select(.n > 1) | .n]", { items: [{ n: 1 }, { n: 2 }] }, [2]],
  ["map(.x) | add", [{ x: 1 }, { x: 2.5 }], 3.5],
  ["length, keys", { b: 1, a: 2 }, [2, ["a", "b"]]],
  ["to_entries | map(.key)", { b: 1, a: 2, "10": 3, "9": 4 }, ["10", "9", "a", "b"]],
  [".[]", { b: 1, a: 2 }, [2, 1]],
  ["[.[]]", { "\u{1f600}": 1, "\u{ffff}": 2 }, [2, 1]],
  ["group_by(.a) | map(length)", [{ a: 1 }, { a: 2 }, { a: 1 }], [2, 1]],
  ["unique_by(.a) | map(.b)", [{ a: 1, b: 1 }, { a: 1, b: 2 }], [1]],
  ["sort_by(.n) | reverse | .[0].n", [{ n: 1 }, { n: 3 }, { n: 2 }], 3],
  ["[min, max]", [3, 1, 2], [1, 3]],
  ['split(", ")', "a, b", ["a", "b"]],
  ['test("^a.c$"; "x")', "abc", true],
  ['[match("a+"; "g").string]', "aa b a", ["aa", "a"]],
  ["ascii_upcase", "aé", "Aé"],
  ["map(tostring)", [1, "1", [1]], ["1", "1", "[1]"]],
  ["map(tonumber)", ["1", "2.5"], [1, 2.5]],
  ['if . > 1 then "big" else "small" end', 2, "big"],
  ['{(.k): .v, "s": "\\(.v + 1)"}', { k: "a", v: 1 }, { a: 1, s: "2" }],
  ["reduce .[] as $x (0; . + $x)", [1, 2, 3], 6],
  ["[foreach .[] as $x (0; . + $x)]", [1, 2, 3], [1, 3, 6]],
  ["def f(g): [g | . * 2]; f(.[])", [1, 2], [2, 4]],
  ["[limit(3; repeat(1))]", null, [1, 1, 1]],
  ["[.[] as [$a, {b: $c}] | $a + $c]", [[1, { b: 2 }]], [3]],
  ['try error("x") catch .', null, "x"],
  ['.a?.b? // "none"', [], "none"],
  ["[paths]", { a: [1] }, [["a"], ["a", 0]]],
  ['walk(if type == "number" then . + 1 else . end)', [1, [2]], [2, [3]]],
  ["del(.a) | .b |= . + 1", { a: 1, b: 2 }, { b: 3 }],
  ["@base64, (@base64 | @base64d)", "hi", ["aGk=", "hi"]],
  ["@csv", ["a", 1], '"a",1'],
  ["fromjson | tojson", '{"a":[1]}', '{"a":[1]}'],
  ["todate", 0, "1970-01-01T00:00:00Z"],
  ["now, (now | todate)", null, [1_767_225_600.123, "2026-01-01T00:00:00Z"]],
  ["1e1000", null, 1.7976931348623157e308],
  ["nan | isnan", null, true],
  ["# a comment\r.a", { a: 1 }, 1],
  ["$__loc__.line", null, 1],
  ["input_line_number? // 0", null, 0],
  ["env", null, {}],
  ["$ENV", null, {}],
  ["empty", null, null],
  ['.["__proto__"]', JSON.parse('{"__proto__": 1}') as Json, 1],
  [".constructor", {}, null],
];

for (const [source, data, answer] of ANSWERS) {
  test(`answers ${source} on ${JSON.stringify(data)}`, async () => {
    assert.deepEqual(await run(source, data), answer);
  });
}

test("none is null, one itself, several an array; all are an array always", async () => {
  assert.equal(await run("empty"), null);
  assert.equal(await run("1"), 1);
  assert.deepEqual(await run("1, [2]"), [1, [2]]);
  assert.deepEqual(await all("empty"), []);
  assert.deepEqual(await all("[1]"), [[1]]);
});

/** Program, and what it says. */
const FAILURES: [string, RegExp][] = [
  ['error("no good")', /^no good in "error\("no good"\)"$/],
  ["error({a: 1})", /^\{"a":1\} in /],
  ['1, 2, error("late")', /^late in /],
  ['.["a"] + 1 | keys', /^number \(1\) has no keys in /],
  ["1 | trim", /^trim cannot be applied to: number \(1\) in /],
  ['"a" | startswith(1)', /^startswith\(1\) cannot be applied to: string \("a"\) in /],
  ["{} | fromjson", /^fromjson cannot be applied to: object \(\{\}\) in /],
  ["input", /^input is not available here/],
  ["[inputs]", /^inputs is not available here/],
  ["debug", /^debug is not available here/],
  ['debug("x")', /^debug is not available here/],
  ["stderr", /^stderr is not available here/],
  ["input_filename", /^input_filename is not available here/],
  ["halt", /^halt is not available here/],
  ["try halt catch 1", /^halt is not available here/],
  ['"bye" | halt_error', /^bye in /],
  ["modulemeta", /^modulemeta is not available here/],
];

for (const [source, message] of FAILURES) {
  test(`fails at run time: ${source}`, async () => {
    await assert.rejects(run(source), (error: any) => {
      assert.equal(error.code, "EXECUTION_ERROR");
      assert.match(error.message, message);
      assert.deepEqual(error.details, { expression: source });
      return true;
    });
  });
}

/** Program, what it says, and where. */
const REFUSED: [source: string, message: RegExp, line?: number, column?: number][] = [
  ["", /empty/],
  [" \n", /empty/],
  [".a +", /unexpected end of file/, 1, 4],
  [".a |\n  foo(1)", /foo\/1 is not defined/, 2, 3],
  ["$nope", /\$nope is not defined/, 1, 1],
  ["$__prog_args", /is not defined/, 1, 1],
  ['import "a" as a; 1', /modules are not available here/, 1, 1],
  ['include "a"; 1', /modules are not available here/, 1, 1],
  ["1), (2", /expecting end of file/, 1, 2],
  ["a".repeat(16 * 1024 + 1), /longer than 16384 characters/],
  [".a\0", /NUL/],
];

for (const [source, message, line, column] of REFUSED) {
  test(`refuses ${JSON.stringify(source.slice(0, 40))}`, async () => {
    for (const mode of ["check", "value"] as const) {
      await assert.rejects(evaluateHere({ engine: "jq", source, data: 1, mode }), (error: any) => {
        assert.equal(error.code, "VALIDATION_ERROR");
        assert.match(error.message, message);
        assert.deepEqual([error.details.line, error.details.column], [line, column]);
        return true;
      });
    }
  });
}

test("a check runs nothing", async () => {
  const check = (source: string) =>
    evaluateHere({ engine: "jq", source, data: null, mode: "check" });
  assert.equal(await check("range(infinite)"), null);
  assert.equal(await check("def f: f; f"), null);
});

/** What breaks a limit, and its name. */
const LIMITS: [string, RegExp][] = [
  ["range(1000000)", /limit of 100000 outputs/],
  ['range(1000) | "a" * 1000000', /limit of 32 MB of output/],
  ['"a" * 1e9 | length', /limit of 256 MB of memory/],
  ["[range(1e8)] | length", /limit of 256 MB of memory/],
  ["def f: 1 + f; f", /limit of (256 MB of memory|recursion)/],
  ["reduce range(100000) as $i (null; [.]) | tojson", /limit of recursion|nesting|depth/i],
];

for (const [source, limit] of LIMITS) {
  test(`ends at a limit, and jq goes on after it: ${source}`, async () => {
    await assert.rejects(run(source), (error: any) => {
      assert.equal(error.code, "EXECUTION_ERROR");
      assert.match(error.message, limit);
      assert.equal(error.details.retryable, false);
      return true;
    });
    assert.equal(await run(". + 1", 1), 2);
  });
}

test("calls do not wear out", async () => {
  for (let i = 0; i < 2_000; i++) assert.equal(await run(". + 1", i), i + 1);
});
