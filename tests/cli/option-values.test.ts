// What the values of flags may be.

import assert from "node:assert/strict";
import { test } from "node:test";
import { durationOf, momentOf, pairOf } from "../../cli/option-values.ts";

test("a moment is RFC 3339, or how long ago", () => {
  const now = () => Date.parse("2026-01-31T12:00:00Z");
  const moment = momentOf("--since", now);
  assert.equal(moment("90s"), "2026-01-31T11:58:30.000Z");
  assert.equal(moment("1h30m"), "2026-01-31T10:30:00.000Z");
  assert.equal(moment("1d"), "2026-01-30T12:00:00.000Z");
  assert.equal(moment("1w"), "2026-01-24T12:00:00.000Z");
  assert.equal(moment("2026-01-01T00:00:00+02:00"), "2026-01-01T00:00:00+02:00");
  for (const text of ["yesterday", "5", "2026-01-31", "2026-13-01T00:00:00Z"]) {
    assert.throws(() => moment(text), /^UsageError: --since: must be a time such as/, text);
  }
});

test("how long somebody waits may be days, too", () => {
  assert.equal(durationOf("--timeout")("1d"), 86_400_000);
  assert.throws(() => durationOf("--timeout")("30d"), /--timeout: must be at most 596h, got "30d"/);
});

test("pairs add up; only the first = separates", () => {
  const pair = pairOf("--param");
  assert.deepEqual(pair("b=c=d", pair("a=")), { a: "", b: "c=d" });
  assert.throws(() => pair("=x"), { message: '--param: must be key=value, got "=x"' });
});
