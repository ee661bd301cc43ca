// How the panel writes times and durations.

import assert from "node:assert/strict";
import { test } from "node:test";
import { size } from "../../panel/parts/size.ts";
import { absolute, duration, left, relative } from "../../panel/parts/time.ts";

const NOW = Date.UTC(2026, 10, 29, 21, 4, 5);
const S = 1_000, M = 60 * S, H = 60 * M, D = 24 * H;

test("what is to come is told as such, and nothing is a negative number", () => {
  const told = (ms: number) => relative(NOW + ms, NOW);
  assert.deepEqual([told(-5 * M), told(5 * M)], ["5 m ago", "in 5 m"]);
  assert.deepEqual([told(0), told(999), told(-999)], ["now", "now", "now"]);
  assert.deepEqual([told(59 * S), told(-H), told(3 * D + H)], ["in 59 s", "1 h ago", "in 3 d"]);
});

test("what is left of a time is told in its largest unit, and that none is", () => {
  const told = [44 * M + 59 * S, 2 * H, S - 1, 0, -D].map((ms) => left(NOW + ms, NOW));
  assert.deepEqual(told, ["44 m left", "2 h left", "due now", "due now", "due now"]);
});

test("sizes are told in the unit that they fill", () => {
  const told = [0, 1, 1_023, 1_024, 1_536, 204_800, 1_048_576, 1_572_864, 104_857_600, 2 ** 40].map(
    size,
  );
  assert.deepEqual(told, [
    ...["0 bytes", "1 byte", "1023 bytes", "1 KiB", "1.5 KiB", "200 KiB"],
    ...["1 MiB", "1.5 MiB", "100 MiB", "1 TiB"],
  ]);
});

test("the whole time is that of the world", () => {
  assert.equal(absolute(NOW), "2026-11-29 21:04:05 UTC");
});

test("durations have one unit or two", () => {
  const told = [950, 4_200, 42_000, 3 * M + 10 * S, 2 * H + 5 * M, 2 * D].map(duration);
  assert.deepEqual(told, ["950 ms", "4.2 s", "42 s", "3 m 10 s", "2 h 5 m", "2 d"]);
});
