// What of a text fits a limit of JSON bytes, held against JSON.stringify.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fitText, jsonBytes } from "../../actions/captured-text.ts";

const texts = [
  "",
  "plain",
  "\0\0\0",
  'a"b\\c/d',
  "\b\t\n\f\r\x1f\x7f\x80",
  "é ÿ \u07ff \u0800 \u2028 \ufffd \uffff",
  "😀x😀",
  "\ud800",
  "\udc00\ud800x",
  "\ud83d\ud83d\ude00",
  Array.from({ length: 300 }, (_, unit) => String.fromCharCode(unit)).join(""),
];

test("every limit gives the longest start that fits, between characters", () => {
  for (const text of texts) {
    const starts = ["", ...Array.from(text, (_, i) => Array.from(text).slice(0, i + 1).join(""))];
    for (let most = 2; most <= jsonBytes(text) + 1; most++) {
      const longest = starts.findLast((start) => jsonBytes(start) <= most)!;
      const expected = {
        text: longest,
        truncated: longest !== text,
        bytes: jsonBytes(longest),
      };
      assert.deepEqual(fitText(text, most), expected, `${JSON.stringify(text)} in ${most}`);
    }
  }
});

test("the bytes of a value are those of its JSON in UTF-8", () => {
  assert.equal(jsonBytes("é\0"), '"é\\u0000"'.length + 1);
  assert.equal(jsonBytes({ a: [1e20, null] }), '{"a":[100000000000000000000,null]}'.length);
});

test("a limit below two quotes leaves nothing of a text", () => {
  assert.deepEqual(fitText("abc", 0), { text: "", truncated: true, bytes: 2 });
  assert.deepEqual(fitText("", 0), { text: "", truncated: false, bytes: 2 });
});

test("every byte counts wherever it stands in a long text", () => {
  const plain = "x".repeat(10_000);
  for (const unit of ["\0", "\x1f", " ", '"', "\\", "\x7f", "é", "€", "😀", "\u2028"]) {
    for (let at = 0; at < 8; at++) {
      const text = plain.slice(0, 5_000 + at) + unit + plain.slice(0, 3);
      const { bytes, truncated } = fitText(text, Infinity);
      assert.deepEqual([bytes, truncated], [jsonBytes(text), false], JSON.stringify(unit));
    }
  }
});
