// Where malformed JSON is said to break.

import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonTextError, parseJsonText } from "../../server/json-text.ts";

test("valid text parses, with or without a byte order mark", () => {
  assert.deepEqual(parseJsonText(' {"a": [1, -2.5e3, true, null, "\\u00e9"]} '), {
    a: [1, -2500, true, null, "é"],
  });
  assert.deepEqual(parseJsonText("\ufeff[]"), []);
});

const BROKEN: [text: string, line: number, column: number, expected: RegExp][] = [
  ["", 1, 1, /a value, found the end/],
  ["{", 1, 2, /a key or "}"/],
  ['{"a":1,}', 1, 8, /a key in double quotes, found "}"/],
  ['{\n  "a": tru\n}', 2, 8, /a value, found "t"/],
  ['{"a" 1}', 1, 6, /":", found "1"/],
  ["[1 2]", 1, 4, /"," or "]"/],
  ["[1,\n]", 2, 1, /a value, found "]"/],
  ['"a\nb"', 1, 3, /escaped control character/],
  ['"\\x"', 1, 2, /valid escape sequence/],
  ['"open', 1, 6, /closing double quote/],
  ["1 2", 1, 3, /the end of the text/],
  ["01", 1, 2, /the end of the text/],
  ["{'a': 1}", 1, 2, /a key or "}", found "'"/],
  ["[".repeat(200_000), 1, 200_001, /a value or "]"/],
];

for (const [text, line, column, expected] of BROKEN) {
  test(`${JSON.stringify(text.slice(0, 20))} breaks at ${line}:${column}`, () => {
    assert.throws(() => parseJsonText(text), (error) => {
      assert(error instanceof JsonTextError);
      assert.deepEqual([error.line, error.column], [line, column]);
      assert.match(error.message, expected);
      return true;
    });
  });
}
