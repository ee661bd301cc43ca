// Whether a text is found wherever it stands in a value, and what is said when not all is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { findIn, isLarge } from "../../panel/json-search.ts";

const VALUE = {
  items: [{ name: "Ada", age: 36 }, { name: "Grace", age: null }],
  "odd key": { NAME: "x".repeat(3_000) + "needle" + "y".repeat(3_000) },
  same: true,
};

const pathsOf = (text: string, path = "") =>
  findIn(VALUE, text, { path, most: 50 }).found.map(({ path }) => path);

test("names and what they hold are looked through, whatever their case", () => {
  assert.deepEqual(pathsOf("ada"), ["items[0].name"]);
  assert.deepEqual(pathsOf("name"), ["items[0].name", "items[1].name", '["odd key"].NAME']);
  assert.deepEqual(pathsOf("36"), ["items[0].age"]);
  assert.deepEqual(pathsOf("null"), ["items[1].age"]);
  assert.deepEqual(pathsOf("true", "steps.a.output"), ["steps.a.output.same"]);
  assert.deepEqual(pathsOf("items"), ["items"]);
  assert.deepEqual(pathsOf("nowhere"), []);
});

test("of a long text what stands around it is shown", () => {
  const { found: [only] } = findIn(VALUE, "NEEDLE", { path: "", most: 5 });
  assert.match(only!.excerpt, /^…x{40}needley+…$/);
});

test("more places than are shown are counted, and a value that is too large is told", () => {
  const many = Array.from({ length: 300 }, (_, n) => ({ n }));
  const { found, total, isCut } = findIn(many, "n", { path: "", most: 50 });
  assert.deepEqual([found.length, total, isCut], [50, 300, false]);
  const wide = Array.from({ length: 300_000 }, () => 1);
  assert.equal(findIn(wide, "2", { path: "", most: 50 }).isCut, true);
});

test("what is small is not worth looking through", () => {
  assert.equal(isLarge({ a: 1, b: [1, 2, 3] }), false);
  assert.equal(isLarge("x".repeat(100)), false);
  assert.equal(isLarge(Array.from({ length: 40 }, () => 0)), true);
  assert.equal(isLarge({ a: { b: Array.from({ length: 40 }, () => 0) } }), true);
  assert.equal(isLarge({ a: "x".repeat(3_000) }), true);
});
