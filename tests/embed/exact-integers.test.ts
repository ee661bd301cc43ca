// Whether expressions compute exactly with integers beyond 2^53 that come from JSON.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OpcodeError } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { JsonObject } from "../../core/json.ts";
import { loadCel } from "../../embed/cel.ts";
import { createExpr } from "../../embed/expr/engine.ts";
import { jqOutputs } from "../../embed/jq/engine.ts";
import { createScope } from "./cel/scope.ts";

const TEXT =
  '{"id":9007199254740993,"next":9007199254740994,"low":-9007199254740993,"n":2,"half":0.5,' +
  '"most":9223372036854775807,"unsigned":18446744073709551615,"huge":123456789012345678901234567890,' +
  '"ids":[9007199254740995,9007199254740993,9007199254740995]}';
const VALUE = parseJson<JsonObject>(TEXT);
const FAILS = Symbol("fails");

const cel = await loadCel();
const scope = createScope({ inputs: VALUE });
const expr = createExpr();

function of(answer: () => unknown): unknown {
  try {
    return answer();
  } catch (thrown) {
    if (thrown instanceof OpcodeError) return FAILS;
    throw thrown;
  }
}

describe("CEL", () => {
  const rows: [source: string, expected: unknown][] = [
    ["inputs.id", 9007199254740993n],
    ["inputs.id + 1", 9007199254740994n],
    ["inputs.id - 2", 9007199254740991],
    ["inputs.id + inputs.n", 9007199254740995n],
    ["inputs.n + inputs.id", 9007199254740995n],
    ["inputs.id * inputs.n", 18014398509481986n],
    ["inputs.id % inputs.n", 1],
    ["inputs.id % 10", 3],
    ["inputs.id / 3", 3002399751580331],
    ["-inputs.low == inputs.id", true],
    ["inputs.id == inputs.next", false],
    ["inputs.id + 1 == inputs.next", true],
    ["inputs.id < inputs.next && inputs.next > inputs.id", true],
    ["inputs.id == 9007199254740993", true],
    ["inputs.id == 9007199254740992", false],
    ["inputs.id in inputs.ids", true],
    ["inputs.next in inputs.ids", false],
    ["type(inputs.id)", "int"],
    ["string(inputs.id)", "9007199254740993"],
    ["string(inputs.unsigned)", "18446744073709551615"],
    ["inputs.unsigned", 18446744073709551615n],
    ["int(inputs.id)", 9007199254740993n],
    ["{inputs.id: 'x'}", { "9007199254740993": "x" }],
    ["inputs.ids.map(i, i - inputs.id)", [2, 0, 2]],
    ["inputs.ids", [9007199254740995n, 9007199254740993n, 9007199254740995n]],
    ["inputs.most + 1", FAILS],
    ["inputs.most + inputs.n", FAILS],
    ["inputs.most * inputs.n", FAILS],
    ["inputs.id % 0", FAILS],
    ["inputs.id * inputs.half", 4503599627370496.5],
    ["has(inputs.huge)", true],
    ["inputs.huge", FAILS],
    ["inputs.huge + 1", FAILS],
    ["double(inputs.n) * 1e16", 20000000000000000n],
  ];
  for (const [source, expected] of rows) {
    test(source, () => assert.deepEqual(of(() => cel.compile(source).evaluate(scope)), expected));
  }
});

describe("Expr", () => {
  const rows: [source: string, expected: unknown][] = [
    ["id", 9007199254740993n],
    ["id + 1", 9007199254740994n],
    ["1 + id", 9007199254740994n],
    ["id - 2", 9007199254740991],
    ["id * 2", 18014398509481986n],
    ["id % 10", 3],
    ["-low == id", true],
    ["id == next", false],
    ["id + 1 == next", true],
    ["id != next and id < next and next >= id", true],
    ["id == 9007199254740993", true],
    ["id == 9007199254740992", false],
    ["id > 9007199254740992", true],
    ["id <= 9007199254740992", false],
    ["9007199254740993 - 1", 9007199254740992n],
    ["9223372036854775807", 9223372036854775807n],
    ["0x7fffffffffffffff", 9223372036854775807n],
    ["9223372036854775807 + 1", -9223372036854775808n],
    ["id in ids", true],
    ["next in ids", false],
    ["type(id)", "int"],
    ["string(id)", "9007199254740993"],
    ['int("9007199254740993")', 9007199254740993n],
    ["abs(low)", 9007199254740993n],
    ["max(id, next)", 9007199254740994n],
    ["min(next, id)", 9007199254740993n],
    ["sum([id, 1, 1])", 9007199254740995n],
    ["uniq(ids)", [9007199254740995n, 9007199254740993n]],
    ["sort(ids)", [9007199254740993n, 9007199254740995n, 9007199254740995n]],
    ["map(ids, # - id)", [2, 0, 2]],
    ["count(ids, # == id)", 1],
    ["indexOf('a', 'b') + id", 9007199254740992n],
    ["bitand(id, 3)", 1],
    ["bitxor(id, 1)", 9007199254740992n],
    ["bitshl(1, 62)", 4611686018427387904n],
    ["toJSON([id])", "[\n  9007199254740993\n]"],
    ['fromJSON("[9007199254740993]")[0] == id', true],
    ["groupBy(ids, #)[id] | len()", 1],
    ["{(string(id)): id}", { "9007199254740993": 9007199254740993n }],
    ["id * 0.5", 4503599627370496.5],
    ["float(id) == id", false],
    ["id / 1", 9007199254740992n],
    ['date("2026-11-29").UnixNano() % 1000', 0],
    ['(date("2026-11-29T00:00:00.000000001Z") - date("2026-11-29")).Nanoseconds()', 1],
    ["huge", 123456789012345678901234567890n],
    ["huge == huge", true],
    ["string(huge)", "123456789012345678901234567890"],
    ["huge + 1", FAILS],
    ["-huge", FAILS],
  ];
  for (const [source, expected] of rows) {
    test(source, () => {
      const answer = of(() => expr.compile(source).run(VALUE));
      assert.deepEqual(answer, expected);
    });
  }
});

describe("jq passes on what it does not compute with", () => {
  const rows: [source: string, expected: unknown][] = [
    [".id", [9007199254740993n]],
    ["{a: [.huge]}", [{ a: [123456789012345678901234567890n] }]],
    [".ids | unique", [[9007199254740993n, 9007199254740995n]]],
    ["(.id | tostring), (.id == .next)", ["9007199254740993", false]],
    // Its arithmetic is that of doubles.
    [".id + 1", [9007199254740992n]],
  ];
  for (const [source, expected] of rows) {
    test(source, async () => assert.deepEqual(await jqOutputs(source, TEXT), expected));
  }
});
