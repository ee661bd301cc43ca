// Whether a veiled cursor tells nothing, and opens for its agent alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CursorVeil } from "../../engine/cursor-veil.ts";

const key = new Uint8Array(32).fill(7);
const veil = new CursorVeil(() => key);
const refused = { code: "VALIDATION_ERROR", message: /^filter\.cursor: / };

test("it opens for its agent, also in the next process with the same key", () => {
  for (const cursor of ["x", "ab.WyJo", "ü".repeat(300), "y".repeat(63), "y".repeat(64)]) {
    const sealed = veil.seal("alice", cursor);
    assert.equal(new CursorVeil(() => key).open("alice", sealed, "cursor"), cursor);
    assert.notEqual(veil.seal("alice", cursor), sealed, "nobody sees that two are the same");
  }
});

test("it tells neither the row nor how long its name is", () => {
  const short = veil.seal("alice", "hidden-name");
  assert.equal(short.length, veil.seal("alice", "hidden-name-that-is-longer").length);
  assert.doesNotMatch(Buffer.from(short, "base64url").toString("latin1"), /hidden/);
});

test("another agent, another key, another bit and no cursor at all are refused", () => {
  const sealed = veil.seal("alice", "ab.WyJo");
  assert.throws(() => veil.open("bob", sealed, "filter.cursor"), refused);
  const other = new CursorVeil(() => new Uint8Array(32));
  assert.throws(() => other.open("alice", sealed, "filter.cursor"), refused);
  const bytes = Buffer.from(sealed, "base64url");
  for (const at of bytes.keys()) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    const text = changed.toString("base64url");
    assert.throws(() => veil.open("alice", text, "filter.cursor"), refused);
  }
  for (const text of ["", "x", "ab.WyJo", "\u{1f600}", "A".repeat(5_000), sealed.slice(0, 20)]) {
    assert.throws(() => veil.open("alice", text, "filter.cursor"), refused, text);
  }
});
