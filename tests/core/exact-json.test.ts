// Whether integers of JSON text keep all their digits, and everything else stays what it is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { exactInteger, exactNumber, parseJson } from "../../core/exact-json.ts";
import { seeded } from "../support/random.ts";

const MOST = Number.MAX_SAFE_INTEGER;

test("integers beyond 2^53 keep their digits, wherever they stand", () => {
  const texts = [
    "9007199254740993",
    "-9007199254740993",
    "18446744073709551617",
    '{"id":12345678901234567891}',
    '[12345678901234567891,1,"12345678901234567891",-12345678901234567891]',
    `[${"9".repeat(300)}]`,
    '{"a":{"b":[[],{},12345678901234567891]},"12345678901234567891":1}',
    '{"__proto__":12345678901234567891}',
    '["\\"",12345678901234567891,"\\\\",12345678901234567892]',
  ];
  for (const text of texts) assert.equal(JSON.stringify(parseJson(text)), text);
  assert.equal(parseJson("\n 12345678901234567891 \t"), 12345678901234567891n);
  assert.deepEqual(parseJson('{"a" : 12345678901234567891 }'), { a: 12345678901234567891n });
});

test("what doubles hold is a number, and texts stay texts", () => {
  for (const text of [`${MOST}`, `-${MOST}`, "1000000000000000", "0.1234567890123456789", "-0e5"]) {
    assert.equal(parseJson(text), JSON.parse(text), text);
  }
  const texts = '{"a":", 12345678901234567891,","b":"[12345678901234567891]","c":"x\\": 1e20"}';
  assert.deepEqual(parseJson(texts), JSON.parse(texts));
});

test("an integer written with a fraction or an exponent is the same integer", () => {
  const same: [string, string][] = [
    ["9007199254740993.0", "9007199254740993"],
    ["1e20", "100000000000000000000"],
    ["1.2345678901234567891E19", "12345678901234567891"],
    ["-12345678901234567891e0", "-12345678901234567891"],
    ["123456789012345678910e-1", "12345678901234567891"],
  ];
  for (const [text, digits] of same) assert.equal(parseJson(text), BigInt(digits), text);
  assert.equal(parseJson("1e21"), 1e21);
  assert.equal(parseJson("1.5e300"), 1.5e300);
});

test("a number that no double holds is refused, for it would be stored as null", () => {
  for (
    const text of ["1e400", "[-1e400]", '{"a":1E+309}', "9".repeat(310), `${"9".repeat(320)}.5`]
  ) {
    assert.throws(
      () => parseJson(text),
      /^RangeError: the number .* is larger than a double holds$/,
    );
  }
});

test("what is no JSON stays none", () => {
  const texts = [
    "01234567890123456789",
    "12345678901234567891,",
    "{12345678901234567891:1}",
    '{"a" 12345678901234567891}',
    "[12345678901234567891 12345678901234567891]",
    "+12345678901234567891",
    "12345678901234567891.",
    '["12345678901234567891',
    '"a\n12345678901234567891"',
    "[12345678901234567891",
  ];
  for (const text of texts) assert.throws(() => parseJson(text), SyntaxError, text);
});

test("what is written is read back as the same, in kind too", () => {
  const next = seeded(1);
  for (let i = 0; i < 20_000; i++) {
    const double = exactNumber((next() - 0.5) * 10 ** Math.floor(next() * 30));
    const integer = exactInteger(
      BigInt(Math.floor(next() * 1e9)) ** BigInt(Math.floor(next() * 4)),
    );
    for (const value of [double, integer]) {
      const text = JSON.stringify(value);
      assert.equal(parseJson(text), value, text);
    }
  }
});

test("a long text of large integers, of texts and of quotes is read in time that grows with it", () => {
  for (
    const one of ["12345678901234567891", '"x",1e5', '"\\\\\\""', '{"id":"12345678901234567891"}']
  ) {
    const text = `[${Array(100_000).fill(one).join(",")}]`;
    assert.equal(JSON.stringify(parseJson(text)).length, text.replaceAll("1e5", "100000").length);
  }
});
