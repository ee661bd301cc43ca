// That large values cross between threads in small pieces, and come out as they went in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonInPieces, jsonPieces, TextTooLong, WrittenTexts } from "../../core/json-pieces.ts";
import { type JsonPart, partsOf, valueOfParts } from "../../core/json-parts.ts";
import type { Json } from "../../core/json.ts";
import { atOnce } from "../../core/pieces.ts";

const many = <T>(count: number, item: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => item(i));

const VALUES: Record<string, Json> = {
  "null": null,
  "an empty list": [],
  "many empty objects": many(20_000, () => ({})),
  "many short texts": many(20_000, () => 'é\u2028"'),
  "a map of many members": Object.fromEntries(many(20_000, (i) => [`k"${i}`, [i]])),
  "large inside small": [
    1,
    { a: { b: many(9_000, (i) => i), c: {} }, d: many(9_000, () => []) },
    2,
  ],
  "one long text": "x".repeat(3_000_000),
  "a member named __proto__": JSON.parse(
    `{"__proto__":[${"1,".repeat(9_000)}1],"b":{"__proto__":2}}`,
  ),
};

for (const [name, value] of Object.entries(VALUES)) {
  test(`${name}: the text is that of JSON.stringify, also when it is written again`, () => {
    assert.equal(atOnce(jsonInPieces(value)), JSON.stringify(value));
    assert.equal([...jsonPieces(value)].join(""), JSON.stringify(value));
    const texts = new WrittenTexts();
    for (let i = 0; i < 3; i++) {
      const around = { i, value };
      assert.equal(atOnce(jsonInPieces(around, { texts })), JSON.stringify(around));
    }
  });

  test(`${name}: read from its parts it is the same value`, () => {
    const parts = [...partsOf(value)].map((part): JsonPart<string> =>
      "value" in part ? { ...part, value: JSON.stringify(part.value) } : part
    );
    assert.deepEqual(atOnce(valueOfParts(parts)), value);
  });
}

test("members that have no value are left out", () => {
  const value = { a: undefined, b: many(9_000, () => 1), c: { d: undefined } } as unknown as Json;
  assert.equal(atOnce(jsonInPieces(value)), JSON.stringify(value));
});

test("no piece has more than some thousand values", () => {
  const pieces = (of: Json) => [...jsonInPieces(of)].length;
  assert.ok(pieces(VALUES["many empty objects"]!) >= 5);
  assert.ok(pieces(VALUES["large inside small"]!) >= 5);
});

test("what comes a third time is not written again", () => {
  const value = VALUES["many empty objects"]!;
  const texts = new WrittenTexts();
  const pieces = () => [...jsonInPieces({ value }, { texts })].length;
  assert.ok(pieces() >= 5);
  assert.ok(pieces() >= 5);
  // It, and what closes the map around it.
  assert.equal(pieces(), 2);
  texts.clear();
  assert.ok(pieces() >= 5);
});

test("one that is kept for the next time is given up as soon", () => {
  const value = VALUES["many empty objects"]!;
  const texts = new WrittenTexts();
  atOnce(jsonInPieces({ value }, { texts }));
  let pieces = 0;
  assert.throws(() => {
    for (const _ of jsonInPieces({ value }, { texts, most: 5_000 })) pieces++;
  }, TextTooLong);
  assert.ok(pieces <= 1, `${pieces} pieces`);
});

test("a text that becomes too long is given up", () => {
  const value = many(20_000, () => "x");
  assert.throws(() => atOnce(jsonInPieces(value, { most: 50_000 })), TextTooLong);
  assert.equal(atOnce(jsonInPieces(value, { most: 80_001 })).length, 80_001);
});
