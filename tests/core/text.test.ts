// How JSON values read as text, and that copies share nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { copyJson } from "../../core/copy.ts";
import { codePoints, plainText } from "../../core/text.ts";
import type { Json } from "../../core/json.ts";

const TEXTS: [Json, string][] = [
  ['as is\n"', 'as is\n"'],
  [5, "5"],
  [-0.5, "-0.5"],
  [1234567, "1234567"],
  [0.00001, "0.00001"],
  [1e-7, "0.0000001"],
  [-1.25e-10, "-0.000000000125"],
  [5e-324, `0.${"0".repeat(323)}5`],
  [1e20, "100000000000000000000"],
  [1e21, "1e+21"],
  [66.66666666666667, "66.66666666666667"],
  [true, "true"],
  [null, "null"],
  [{ a: [1, null] }, '{"a":[1,null]}'],
  [[], "[]"],
];

for (const [value, text] of TEXTS) {
  test(`text of ${JSON.stringify(value)}`, () => {
    assert.equal(plainText(value), text);
    if (typeof value === "number") assert.equal(Number(text), value);
  });
}

test("a copy shares nothing with its original", () => {
  const original: Json = { a: [{ b: 1 }], c: null };
  const copy = copyJson(original) as { a: { b: number }[] };
  assert.deepEqual(copy, original);
  copy.a[0]!.b = 2;
  assert.deepEqual(original, { a: [{ b: 1 }], c: null });
});

test("a copy keeps a key named __proto__ as data", () => {
  const text = '{"__proto__":{"x":1}}';
  const copy = copyJson(JSON.parse(text) as Json) as object;
  assert.equal(JSON.stringify(copy), text);
  assert.equal(Object.getPrototypeOf(copy), Object.prototype);
});

test("code points are counted as the text's iterator counts them", () => {
  const pieces = ["a", "é", "\u{1f600}", "\ud83d", "\ude00", "\ud83d\ud83d\ude00\ude00", ""];
  for (const a of pieces) {
    for (const b of pieces) {
      for (const c of pieces) assert.equal(codePoints(a + b + c), [...(a + b + c)].length);
    }
  }
});
