// Where malformed JSON is said to break.

import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonTextError, parseJsonText, parseWrittenJson } from "../../server/json-text.ts";

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

test("a text that somebody wrote says nothing twice", () => {
  const places: [string, string, number, number][] = [
    ['{"a":1,"a":2}', "a", 1, 8],
    ['\uFEFF{"a":1,\n"\\u0061":2}', "a", 2, 1],
    ['[{"a":{"b":1}},{"a":[],"c":{"a":1},\n  "a":{}}]', "a", 2, 3],
  ];
  for (const [text, key, line, column] of places) {
    assert.throws(() => parseWrittenJson(text), {
      name: "TwiceError",
      message: new RegExp(`^has the key "${key}" twice .* line ${line} column ${column}:`),
    });
  }
  const text = '{"a":{"a":[{"a":"\\"a\\":"},{"a":1}]},"b":{"a":1},"":0}';
  assert.deepEqual(parseWrittenJson(text), JSON.parse(text));
  assert.throws(() => parseWrittenJson('{"a":1,"a":2'), { name: "JsonTextError" });
});
