// That the values of JSON text are counted as they are, whatever its strings look like.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_MEMBERS, MOST_VALUES, tooManyValues } from "../../server/json-shape.ts";

const told = (text: string) => tooManyValues(new TextEncoder().encode(text));
const object = (count: number) =>
  `{${Array.from({ length: count }, (_, i) => `"k${i}":1`).join()}}`;

test("an object may have ten thousand members, not one more, at any depth", () => {
  assert.equal(told(object(MOST_MEMBERS)), undefined);
  assert.equal(told(`{"a":[${object(MOST_MEMBERS)},${object(MOST_MEMBERS)}]}`), undefined);
  const rule = "must hold at most 10000 members in one object";
  assert.equal(told(object(MOST_MEMBERS + 1)), rule);
  assert.equal(told(`[[1,{"a":${object(MOST_MEMBERS + 1)}}]]`), rule);
  assert.equal(told(`{"a":[${"1,".repeat(MOST_MEMBERS + 1)}1]}`), undefined);
});

test("a text may hold 250,000 values", () => {
  assert.equal(told(`[${"1,".repeat(MOST_VALUES - 3)}1]`), undefined);
  assert.equal(told(`[${"1,".repeat(MOST_VALUES)}1]`), "must hold at most 250000 values");
  assert.equal(told("[".repeat(MOST_VALUES)), "must hold at most 250000 values");
});

test("what stands in strings does not count", () => {
  for (const content of [",", "{,", '\\",', "\\\\", '\\\\\\",', "é,", "\\u0022,"]) {
    const text = `["${content.repeat(MOST_VALUES)}"]`;
    assert.doesNotThrow(() => JSON.parse(text));
    assert.equal(told(text), undefined, content);
  }
});

test("what is no JSON is left to whoever reads it", () => {
  for (const text of ["", "}", "]]]]", '"', '["\\', "{".repeat(3_000), "\u0000"]) {
    assert.equal(told(text), undefined, text.slice(0, 10));
  }
});
