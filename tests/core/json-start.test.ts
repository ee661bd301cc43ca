// That a message about a large value costs what it shows.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startOfJson } from "../../core/json-start.ts";
import type { Json } from "../../core/json.ts";
import { excerpt } from "../../actions/excerpt.ts";

const many = <T>(count: number, item: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => item(i));

/** A list of that many numbers, which counts how many are looked at. */
function counted(length: number): { list: Json[]; reads: () => number } {
  let reads = 0;
  const list = new Proxy(many(length, (i) => i), {
    get(target, name, receiver) {
      if (typeof name === "string" && /^\d+$/.test(name)) reads++;
      return Reflect.get(target, name, receiver);
    },
  });
  return { list, reads: () => reads };
}

for (
  const value of [
    1,
    null,
    "short",
    `"é\u{1f600}`.repeat(9_000),
    [],
    { a: [1, { b: {} }], c: "x" },
    many(20_000, (i) => ({ i })),
    { a: many(20_000, (i) => i), b: { c: many(5_000, () => "x"), d: "y".repeat(50_000) } },
    [["z".repeat(2_000_000)], 1],
  ] as Json[]
) {
  const whole = JSON.stringify(value);
  test(`of ${whole.slice(0, 30)} a start is the start of the text, and all of it when it fits`, () => {
    for (const most of [10, 100, 20_000, whole.length]) {
      const start = startOfJson(value, most);
      assert.equal(start.slice(0, most), whole.slice(0, most));
      assert.equal(start.length > most, whole.length > most);
    }
    const text = typeof value === "string" ? value : whole;
    const shown = excerpt(value);
    if (Buffer.byteLength(whole) <= 64 * 1024) assert.deepEqual(shown, value);
    else {
      const start = (shown as string).slice(0, -1);
      assert.equal((shown as string).at(-1), "…");
      assert.ok(text.startsWith(start));
      const size = Buffer.byteLength(JSON.stringify(start));
      assert.ok(size <= 64 * 1024 && size > 64 * 1024 - 8, `${size} bytes`);
    }
  });
}

test("of a large list only some thousand items are read for a message", () => {
  const { list, reads } = counted(300_000);
  startOfJson({ list }, 100);
  assert.ok(reads() < 30_000, `${reads()} reads`);
});
