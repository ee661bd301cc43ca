// What CEL's conversions and time functions answer: cel-go's answers, a row each.
//
// Facts of the language definition, of cel-spec's conformance cases, and of Go's strconv and time
// packages, which cel-go's conversions are. FAILS: an error, whatever its words.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OpcodeError } from "../../../core/errors.ts";
import type { Json } from "../../../core/json.ts";
import { loadCel } from "../../../embed/cel.ts";
import { createScope } from "./scope.ts";

const FAILS = Symbol("an error");

const ROWS: [source: string, answer: Json | typeof FAILS][] = [
  // int of text: strconv.ParseInt, base 10.
  ["int('0')", 0],
  ["int('987')", 987],
  ["int('-12')", -12],
  ["int('+5')", 5],
  ["int('007')", 7],
  ["int('-0')", 0],
  ["int('9223372036854775807') == 9223372036854775807", true],
  ["int('-9223372036854775808') == -9223372036854775808", true],
  ["int('9223372036854775808')", FAILS],
  ["int('-9223372036854775809')", FAILS],
  ["int('')", FAILS],
  ["int(' ')", FAILS],
  ["int(' 1')", FAILS],
  ["int('1 ')", FAILS],
  ["int('1\\n')", FAILS],
  ["int('0x10')", FAILS],
  ["int('0b1')", FAILS],
  ["int('0o7')", FAILS],
  ["int('1_000')", FAILS],
  ["int('1.0')", FAILS],
  ["int('1e3')", FAILS],
  ["int('--1')", FAILS],
  ["int('+-1')", FAILS],
  ["int('+')", FAILS],
  ["int('abc')", FAILS],
  ["int('١')", FAILS],
  ["int('１')", FAILS],
  ["int('5u')", FAILS],
  ["int('true')", FAILS],
  // int of numbers: towards zero, within 64 bits.
  ["int(11.5)", 11],
  ["int(-123.456)", -123],
  ["int(-7.9)", -7],
  ["int(0.99)", 0],
  ["int(9223372036854775807.0)", FAILS],
  ["int(-9223372036854775808.0)", FAILS],
  ["int(1e19)", FAILS],
  ["int(double('nan'))", FAILS],
  ["int(double('inf'))", FAILS],
  ["int(0u)", 0],
  ["int(18446744073709551615u)", FAILS],
  ["int(double(36028797018963968))", 36028797018963968n],
  // uint of text: strconv.ParseUint.
  ["uint('42')", 42],
  ["uint('18446744073709551615') == 18446744073709551615u", true],
  ["uint('18446744073709551616')", FAILS],
  ["uint('-1')", FAILS],
  ["uint('+1')", FAILS],
  ["uint('')", FAILS],
  ["uint(' 1')", FAILS],
  ["uint('0x1')", FAILS],
  ["uint('1u')", FAILS],
  ["uint('1.5')", FAILS],
  ["uint(1729)", 1729],
  ["uint(-1)", FAILS],
  ["uint(25.5)", 25],
  ["uint(-0.5)", FAILS],
  ["uint(6.022e23)", FAILS],
  // double of text: strconv.ParseFloat.
  ["double('0')", 0],
  ["double('123')", 123],
  ["double('-987.654')", -987.654],
  ["double('-84.32e7')", -843200000],
  ["double('-5.43e-21')", -5.43e-21],
  ["double('+1.5')", 1.5],
  ["double('.5')", 0.5],
  ["double('5.')", 5],
  ["double('1E3')", 1000],
  ["double('1e+3')", 1000],
  ["double('1_000.5')", 1000.5],
  ["double('0x1p4')", 16],
  ["double('0x1.8p1')", 3],
  ["double('-0X.8P0')", -0.5],
  ["double('inf') > 1.0", true],
  ["double('-Infinity') < 0.0", true],
  ["double('+Inf') > 1.0", true],
  ["double('NaN') == double('NaN')", false],
  ["double('5e-324') > 0.0", true],
  ["double('1e-400')", 0],
  ["double('1e400')", FAILS],
  ["double('')", FAILS],
  ["double(' 1 ')", FAILS],
  ["double('1 ')", FAILS],
  ["double('0x10')", FAILS],
  ["double('0b1')", FAILS],
  ["double('_1')", FAILS],
  ["double('1_')", FAILS],
  ["double('1__0')", FAILS],
  ["double('1,5')", FAILS],
  ["double('e5')", FAILS],
  ["double('.')", FAILS],
  ["double('1e')", FAILS],
  ["double('+nan')", FAILS],
  ["double('infinit')", FAILS],
  ["double('1.2.3')", FAILS],
  ["double(123u)", 123],
  ["double(9223372036854775807)", 9223372036854776000n],
  // bool of text: strconv.ParseBool.
  ["bool('1')", true],
  ["bool('t')", true],
  ["bool('T')", true],
  ["bool('true')", true],
  ["bool('True')", true],
  ["bool('TRUE')", true],
  ["bool('0')", false],
  ["bool('f')", false],
  ["bool('F')", false],
  ["bool('FALSE')", false],
  ["bool('False')", false],
  ["bool('tRuE')", FAILS],
  ["bool('yes')", FAILS],
  ["bool('')", FAILS],
  ["bool(' true')", FAILS],
  // string
  ["string(-456)", "-456"],
  ["string(9876u)", "9876"],
  ["string(123.456)", "123.456"],
  ["string(-4.5e-3)", "-0.0045"],
  ["string(true)", "true"],
  ["string(b'abc')", "abc"],
  ["string(b'\\xff')", FAILS],
  ["string(timestamp('2009-02-13T23:31:30Z'))", "2009-02-13T23:31:30Z"],
  ["string(timestamp('2009-02-13T23:31:30.100Z'))", "2009-02-13T23:31:30.1Z"],
  [
    "string(timestamp('9999-12-31T23:59:59.999999999Z'))",
    "9999-12-31T23:59:59.999999999Z",
  ],
  ["string(timestamp('2009-02-13T23:31:30+02:00'))", "2009-02-13T21:31:30Z"],
  ["string(duration('1h'))", "3600s"],
  ["string(duration('1.5s'))", "1.5s"],
  ["string(duration('-250ms'))", "-0.25s"],
  ["string(duration('0'))", "0s"],
  // timestamp: time.Parse with RFC 3339; integers are seconds.
  ["string(timestamp(0))", "1970-01-01T00:00:00Z"],
  ["string(timestamp(1700000000))", "2023-11-14T22:13:20Z"],
  ["string(timestamp(-1))", "1969-12-31T23:59:59Z"],
  ["string(timestamp(-62135596800))", "0001-01-01T00:00:00Z"],
  ["timestamp(-62135596801)", FAILS],
  ["string(timestamp(253402300799))", "9999-12-31T23:59:59Z"],
  ["timestamp(253402300800)", FAILS],
  ["timestamp(1700000000000)", FAILS],
  ["string(timestamp('2024-02-29T00:00:00Z'))", "2024-02-29T00:00:00Z"],
  ["timestamp('2023-02-29T00:00:00Z')", FAILS],
  ["timestamp('2023-02-30T00:00:00Z')", FAILS],
  ["timestamp('2023-04-31T00:00:00Z')", FAILS],
  ["timestamp('2023-13-01T00:00:00Z')", FAILS],
  ["timestamp('2023-00-01T00:00:00Z')", FAILS],
  ["timestamp('2023-01-00T00:00:00Z')", FAILS],
  ["timestamp('2023-01-01T24:00:00Z')", FAILS],
  ["timestamp('2023-01-01T23:60:00Z')", FAILS],
  ["timestamp('2023-01-01T23:59:60Z')", FAILS],
  ["timestamp('2023-01-01')", FAILS],
  ["timestamp('2023-01-01T00:00:00')", FAILS],
  ["timestamp('2023-01-01 00:00:00Z')", FAILS],
  ["timestamp('2023-01-01T00:00Z')", FAILS],
  ["timestamp('0000-12-31T00:00:00Z')", FAILS],
  ["timestamp('10000-01-01T00:00:00Z')", FAILS],
  ["timestamp('')", FAILS],
  ["timestamp('now')", FAILS],
  ["timestamp('1700000000')", FAILS],
  [
    "timestamp('2009-02-13T23:31:30Z') + duration('240s') == timestamp('2009-02-13T23:35:30Z')",
    true,
  ],
  ["timestamp('2009-02-13T23:31:00Z') - timestamp('2009-02-13T23:29:00Z') == duration('2m')", true],
  ["timestamp('9999-12-31T23:59:59.999999999Z') + duration('1ns')", FAILS],
  ["timestamp('0001-01-01T00:00:00Z') + duration('-1ns')", FAILS],
  ["int(timestamp('2004-09-16T23:59:59Z'))", 1095379199],
  // duration: time.ParseDuration.
  ["duration('1h30m') == duration('5400s')", true],
  ["duration('-1.5h') == duration('-90m')", true],
  ["duration('1us') == duration('1000ns')", true],
  ["duration('1µs') == duration('1000ns')", true],
  ["duration('+5s') == duration('5s')", true],
  ["duration('.5s') == duration('500ms')", true],
  ["duration('')", FAILS],
  ["duration('-')", FAILS],
  ["duration('5')", FAILS],
  ["duration('1d')", FAILS],
  ["duration('1 h')", FAILS],
  ["duration('s')", FAILS],
  ["duration('1h-5m')", FAILS],
  ["duration('-320000000000s')", FAILS],
  ["duration('200000000000s') + duration('200000000000s')", FAILS],
  ["duration('3730s').getMinutes()", 62],
  ["duration('10000s').getHours()", 2],
  ["duration('3730s').getSeconds()", 3730],
  ["duration('123.321s').getMilliseconds()", 321],
  // Parts of a timestamp.
  ["timestamp('2009-02-13T23:31:30Z').getFullYear()", 2009],
  ["timestamp('2009-02-13T23:31:30Z').getMonth()", 1],
  ["timestamp('2009-02-13T23:31:30Z').getDate()", 13],
  ["timestamp('2009-02-13T23:31:30Z').getDayOfMonth()", 12],
  ["timestamp('2009-02-13T23:31:30Z').getDayOfWeek()", 5],
  ["timestamp('2009-02-15T00:00:00Z').getDayOfWeek()", 0],
  ["timestamp('2009-02-13T23:31:30Z').getDayOfYear()", 43],
  ["timestamp('2024-12-31T00:00:00Z').getDayOfYear()", 365],
  ["timestamp('2009-07-01T00:10:00Z').getDayOfYear()", 181],
  ["timestamp('2009-02-13T23:31:30Z').getHours()", 23],
  ["timestamp('2009-02-13T23:31:30Z').getMinutes()", 31],
  ["timestamp('2009-02-13T23:31:30Z').getSeconds()", 30],
  ["timestamp('2009-02-13T23:31:20.123456789Z').getMilliseconds()", 123],
  ["timestamp('1969-12-31T23:59:59.5Z').getMilliseconds()", 500],
  ["timestamp('0001-06-01T00:00:00Z').getFullYear()", 1],
  ["timestamp('2009-02-13T23:31:30Z').getDate('Australia/Sydney')", 14],
  ["timestamp('2009-02-13T23:31:30Z').getDayOfMonth('US/Central')", 12],
  ["timestamp('2009-02-13T23:31:30Z').getDayOfMonth('+11:00')", 13],
  ["timestamp('2009-02-13T02:00:00Z').getDayOfMonth('-02:30')", 11],
  ["timestamp('2009-02-13T02:00:00Z').getDayOfMonth('America/St_Johns')", 11],
  ["timestamp('2009-02-13T23:31:30Z').getDayOfYear('US/Central')", 43],
  ["timestamp('2009-02-13T23:31:30Z').getFullYear('-09:30')", 2009],
  ["timestamp('2009-02-13T23:31:30Z').getHours('02:00')", 1],
  ["timestamp('2009-02-13T23:31:30Z').getMinutes('Asia/Kathmandu')", 16],
  ["timestamp('2009-02-13T23:31:30Z').getMonth('UTC')", 1],
  ["timestamp('2009-02-13T23:31:30Z').getSeconds('-00:00')", 30],
  ["timestamp('2009-02-13T23:31:30Z').getHours('Mars/Olympus')", FAILS],
  ["timestamp('2009-02-13T23:31:30Z').getHours('2:00')", FAILS],
  // Hours of UTC that the clocks of some process skip or have twice.
  ["timestamp('2024-03-31T02:30:00Z').getHours()", 2],
  ["timestamp('2024-03-10T02:30:00Z').getHours()", 2],
  ["timestamp('2024-03-31T00:30:00Z').getHours('Europe/Berlin')", 1],
  ["timestamp('2024-03-31T01:30:00Z').getHours('Europe/Berlin')", 3],
];

const cel = await loadCel();
const scope = createScope({ steps: {}, inputs: { at: 1700000000, late: 1.5 } });

function answer(source: string): Json | typeof FAILS {
  try {
    return cel.compile(source).evaluate(scope);
  } catch (thrown) {
    if (thrown instanceof OpcodeError) return FAILS;
    throw thrown;
  }
}

describe("as cel-go", () => {
  for (const [source, expected] of ROWS) {
    test(`${source} is ${typeof expected === "symbol" ? "an error" : JSON.stringify(expected)}`, () => {
      assert.equal(answer(source), expected);
    });
  }
});

test("numbers of JSON are seconds too, if they are whole", () => {
  assert.equal(answer("string(timestamp(inputs.at))"), "2023-11-14T22:13:20Z");
  assert.equal(answer("timestamp(inputs.late)"), FAILS);
});

test("what cannot be read is named with the rule", () => {
  const said = (source: string) => {
    try {
      return cel.compile(source).evaluate(scope);
    } catch (thrown) {
      return (thrown as Error).message;
    }
  };
  assert.match(String(said("int('0x10')")), /int\("0x10"\): must be digits, with a sign or none/);
  assert.match(String(said("timestamp(1700000000000)")), /years 1 to 9999, in seconds since 1970/);
});

test("a long text that is nearly a number is refused at once: there is one way to read it", () => {
  const near = ["1".repeat(1_000_000) + "x", `0x${"f".repeat(1_000_000)}x`, "1.".repeat(500_000)];
  for (const text of near) {
    const program = cel.compile("double(inputs.text)");
    assert.throws(
      () => program.evaluate(createScope({ inputs: { text } })),
      /double\(.*\): must be a number such as -1.5e3/,
    );
  }
});
