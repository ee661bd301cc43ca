// Whether a heap of any size is trimmed once the daemon has rested for long enough.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HeapTrim } from "../../server/heap.ts";

const MIB = 1024 * 1024;

function heapOf(size: number, live: number) {
  const heap = { bytes: size * MIB, live: live * MIB, collections: [] as boolean[] };
  const trim = new HeapTrim({
    size: () => heap.bytes,
    live: () => heap.live,
    collect(all) {
      heap.collections.push(all);
      heap.bytes = heap.live;
    },
  });
  return { heap, trim };
}

test("a heap is trimmed after ten seconds of rest, and again when it has grown", () => {
  const { heap, trim } = heapOf(100, 60);
  assert.equal(trim.rested(10_000), null);
  assert.deepEqual(heap.collections, [true]);
  heap.bytes = 83 * MIB;
  assert.equal(trim.rested(10_000), null);
  assert.equal(heap.collections.length, 1, "not worth it");
  heap.bytes = 85 * MIB;
  trim.rested(10_000);
  assert.equal(heap.collections.length, 2);
});

test("a large heap in which little lives is trimmed like a small one", () => {
  const { heap, trim } = heapOf(3_000, 80);
  assert.equal(trim.rested(10_000), null);
  assert.deepEqual(heap.collections, [true]);
});

test("one in which much lives is trimmed after a longer rest, in one pass", () => {
  const { heap, trim } = heapOf(2_100, 1_100);
  let rest = 10_000;
  for (let more = trim.rested(rest); more !== null; more = trim.rested(rest)) rest += more;
  assert.deepEqual([rest, heap.collections], [30_000, [false]]);
  heap.bytes = 1_300 * MIB;
  assert.equal(trim.rested(50_000), null);
  assert.equal(heap.collections.length, 1, "what lives is not gone through again for little");
});
