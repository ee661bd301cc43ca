// Which durations are accepted, how long they are, and how they are written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DURATION_PATTERN, formatDuration, parseAge, parseDuration } from "../../core/duration.ts";

const VALID: [string, number][] = [
  ["0", 0],
  ["+0", 0],
  ["-0", 0],
  ["0s", 0],
  ["500ms", 500],
  ["30s", 30_000],
  ["+30s", 30_000],
  ["5m", 300_000],
  ["1h30m", 5_400_000],
  ["1.5s", 1_500],
  [".5s", 500],
  ["5.s", 5_000],
  ["1h1m1s1ms", 3_661_001],
  ["30s1h", 3_630_000],
  ["1us", 0.001],
  ["1\u00b5s", 0.001],
  ["1\u03bcs", 0.001],
  ["250ns", 0.00025],
  ["8760h", 31_536_000_000],
];

for (const [text, ms] of VALID) {
  test(`duration ${JSON.stringify(text)} is ${ms} ms`, () => {
    assert.ok(Math.abs(parseDuration(text) - ms) < 1e-9);
    assert.match(text, new RegExp(DURATION_PATTERN));
  });
}

for (const text of ["", "s", "5", "1.2", ".s", "1d", "1 s", " 1s", "1s ", "1h-5m", "--1s", "1S"]) {
  test(`duration ${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => parseDuration(text), /must be a duration such as/);
    assert.doesNotMatch(text, new RegExp(DURATION_PATTERN));
  });
}

test("a negative duration is refused as such", () => {
  assert.throws(() => parseDuration("-1s"), { message: 'must not be negative, is "-1s"' });
  assert.doesNotMatch("-1s", new RegExp(DURATION_PATTERN));
});

test("a duration beyond 292 years is refused", () => {
  assert.throws(() => parseDuration("2562048h"), /below 292 years/);
  assert.throws(() => parseDuration("9".repeat(90) + "h"), /below 292 years/);
  assert.ok(parseDuration("2562047h") > 0);
});

test("a duration has at most a hundred characters: each is looked at", () => {
  assert.equal(parseDuration("1ms".repeat(33)), 33);
  assert.throws(() => parseDuration("1ms".repeat(34)), /must have at most 100 characters, is "1ms/);
});

test("a long wrong text is shortened in the message and answered at once", () => {
  const message = (() => {
    try {
      return String(parseDuration("1".repeat(1_000_000)));
    } catch (error) {
      return (error as Error).message;
    }
  })();
  assert.ok(message.length < 200, message.slice(0, 200));
});

test("formatting gives the shortest text that parses to the same time", () => {
  const table: [number, string][] = [
    [0, "0s"],
    [0.00025, "250ns"],
    [0.5, "500us"],
    [1, "1ms"],
    [999, "999ms"],
    [1_000, "1s"],
    [1_500, "1.5s"],
    [60_000, "1m"],
    [90_000, "1m30s"],
    [3_600_000, "1h"],
    [5_400_000, "1h30m"],
    [3_661_001, "1h1m1.001s"],
  ];
  for (const [ms, text] of table) {
    assert.equal(formatDuration(ms), text);
    assert.ok(Math.abs(parseDuration(text) - ms) < 1e-6);
  }
});

test("an age is a duration, or a number of days or weeks", () => {
  const table: [string, number][] = [
    ["30d", 30 * 86_400_000],
    ["1.5d", 129_600_000],
    ["12h", 43_200_000],
    ["0d", 0],
    ["2w", 14 * 86_400_000],
  ];
  for (const [text, ms] of table) assert.equal(parseAge(text), ms);
  for (
    const text of [
      "",
      "d",
      "30",
      "1d12h",
      "1w2d",
      "w",
      "-1d",
      "30 d",
      "1e3d",
      "9".repeat(200) + "d",
    ]
  ) {
    assert.throws(() => parseAge(text), /must/);
  }
});
