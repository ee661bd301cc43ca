// What is told instead of a name that there is not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { insteadOf } from "../../core/instead-of.ts";
import { nearestFirst } from "../../core/nearest.ts";

test("the nearest comes first, then the others as they were given", () => {
  const names = ["hash", "readings", "reading", "save"];
  assert.deepEqual(nearestFirst("raeding", names), ["reading", "readings", "hash", "save"]);
  assert.deepEqual(nearestFirst("nope", ["b", "a"]), ["b", "a"]);
  assert.deepEqual(nearestFirst("", ["b", "a"]), ["b", "a"]);
});

test("a few are named, the rest counted, and long ones cut", () => {
  assert.equal(insteadOf("x", []), "; there are none");
  assert.equal(insteadOf("x", ["alone"]), "; there is alone");
  assert.equal(insteadOf("alnoe", ["alone"]), '; did you mean "alone"?');
  assert.equal(insteadOf("hsah", ["read", "hash"]), '; did you mean "hash"? There are hash, read');
  const many = Array.from({ length: 20 }, (_, i) => `step-number-${i}`);
  assert.equal(insteadOf("x", many), `; there are ${many.slice(0, 8).join(", ")} and 12 more`);
  assert.match(insteadOf("x", many, { isCut: true }), /step-number-7 and more$/);
  assert.equal(insteadOf("x", ["y".repeat(100)]), `; there is ${"y".repeat(63)}…`);
});
