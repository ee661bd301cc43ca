// That what is compiled is kept for the next time, and never more of it than allowed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Lru } from "../../core/lru.ts";

/** The keys for which a value had to be made. */
function made(lru: Lru<string>, ...keys: string[]): string[] {
  const made: string[] = [];
  for (const key of keys) {
    lru.get(key, () => {
      made.push(key);
      return key;
    });
  }
  return made;
}

test("the least recently used goes first", () => {
  const lru = new Lru<string>(2, 100);
  assert.deepEqual(made(lru, "a", "b", "a", "c", "a", "b"), ["a", "b", "c", "b"]);
  assert.equal(lru.size, 2);
});

test("no more text is kept than allowed, but for one entry", () => {
  const lru = new Lru<string>(100, 10);
  assert.deepEqual(made(lru, "aaaa", "bbbb", "aaaa", "cccc", "aaaa"), ["aaaa", "bbbb", "cccc"]);
  assert.equal(lru.size, 2);
  assert.deepEqual(made(lru, "x".repeat(50), "x".repeat(50)), ["x".repeat(50)]);
  assert.equal(lru.size, 1);
  made(lru, "y");
  assert.equal(lru.size, 1);
});

test("what cannot be made is not kept", () => {
  const lru = new Lru<string>(2, 100);
  const fail = () => {
    throw new Error("no");
  };
  assert.throws(() => lru.get("a", fail), /no/);
  assert.equal(lru.size, 0);
});

test("what weighs otherwise than its key is weighed as it is", () => {
  const lru = new Lru<string>(100, 10, (_, value) => value.length);
  const get = (key: string) => lru.get(key, () => key.repeat(4));
  for (const key of ["a", "b", "c"]) get(key);
  assert.equal(lru.size, 2);
  assert.equal(lru.get("c", () => "made again"), "cccc");
});

test("what is deleted weighs nothing any more", () => {
  const lru = new Lru<string>(100, 10);
  made(lru, "aaaaa", "bbbbb");
  lru.delete("aaaaa");
  lru.delete("never there");
  assert.equal(lru.peek("aaaaa"), undefined);
  made(lru, "ccccc");
  assert.deepEqual([lru.peek("bbbbb"), lru.peek("ccccc")], ["bbbbb", "ccccc"]);
});
