// Whether the panel keeps the digits of integers that no double holds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExact } from "../../panel/exact-json.ts";

test("what is read and written again is the same text", () => {
  const large = "12345678901234567890";
  for (const text of [`{"n":${large}}`, `[-${large},1,0.5,"${large}"]`, "9007199254740993"]) {
    assert.equal(JSON.stringify(parseExact(text)), text);
  }
  assert.equal(parseExact("9007199254740991"), 9007199254740991);
  assert.equal(typeof parseExact("1.5e16"), "number");
});
