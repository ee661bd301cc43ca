// Which texts are moments, and which moment each is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMoment } from "../../core/moment.ts";

test("a moment is what Date.parse says, in whatever zone and with whatever digits", () => {
  for (
    const text of [
      "2026-01-31T12:00:00Z",
      "2026-01-31T12:00:00.5Z",
      "2026-01-31T12:00:00.123+05:30",
      "2024-02-29T23:59:59.999-08:00",
      "2026-01-31T12:00Z",
      "0099-12-31T00:00:00Z",
    ]
  ) assert.equal(parseMoment(text), Date.parse(text), text);
  assert.equal(parseMoment("2026-01-31t12:00:00z"), Date.parse("2026-01-31T12:00:00Z"));
  assert.equal(parseMoment("2026-01-31T12:00:00+0530"), Date.parse("2026-01-31T12:00:00+05:30"));
});

for (
  const text of [
    "2026-02-30T12:00:00Z",
    "2025-02-29T12:00:00Z",
    "2026-04-31T12:00:00Z",
    "2026-00-10T12:00:00Z",
    "2026-13-10T12:00:00Z",
    "2026-01-00T12:00:00Z",
    "2026-01-31T24:00:00Z",
    "2026-01-31T12:60:00Z",
    "2026-01-31T12:00:60Z",
    "2026-01-31T12:00:00+24:00",
    "2026-01-31T12:00:00",
    "2026-01-31",
    "2026-1-31T12:00:00Z",
    "2026-01-31 12:00:00Z",
    "2026-01-31T12:00:00.Z",
    "+002026-01-31T12:00:00Z",
    "Sat, 31 Jan 2026 12:00:00 GMT",
    "1769860800",
    "yesterday",
    "",
  ]
) {
  test(`no moment: "${text}"`, () => assert.equal(parseMoment(text), undefined));
}
