// Which entries of the palette fit a text, and in which order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Entry, matching } from "../../panel/palette/entry.ts";

const entry = (label: string, more: Partial<Entry> = {}): Entry => ({
  ...{ id: label, group: "Pages", label, choose: () => {} },
  ...more,
});

const ALL = [
  entry("Secrets"),
  entry("New template", { group: "Do", words: "define write" }),
  entry("Retry check", { group: "On this page" }),
  entry("Show: Timeline", { group: "On this page", words: "tab side" }),
  entry("Templates", { words: "go to open" }),
];

const labels = (entries: readonly Entry[]) => entries.map(({ label }) => label);

test("what begins so stands before what has a word that does, and before its other words", () => {
  const { near } = matching(ALL, "t");
  assert.deepEqual(labels(near), ["Templates", "New template", "Show: Timeline", "Retry check"]);
  assert.deepEqual(labels(matching(ALL, "new t").near), ["New template"]);
});

test("what stands in the middle of words is found last, and nothing else at all", () => {
  const { near, far } = matching(ALL, "RET");
  assert.deepEqual(labels(near), ["Retry check"]);
  assert.deepEqual(labels(far), ["Secrets"]);
  assert.deepEqual(matching(ALL, "xyz"), { near: [], far: [] });
});

test("all are near before anything is written, in their own order", () => {
  assert.deepEqual(labels(matching(ALL, "").near), labels(ALL));
});

test("a word with signs in it is found by its beginning", () => {
  const one = entry("ask", { words: "0190aaaa-0000-7000 a.b" });
  for (const text of ["0190aaaa-0000", "a.b", "7000"]) {
    assert.deepEqual(labels(matching([one], text).near), ["ask"], text);
  }
});
