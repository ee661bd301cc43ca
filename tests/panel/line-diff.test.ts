// Whether the lines of two texts stand beside those that they are, and both texts are whole.

import assert from "node:assert/strict";
import { test } from "node:test";
import { linePairs } from "../../panel/line-diff.ts";

const shown = (old: string, now: string) =>
  linePairs(old, now).map((pair) => `${pair.old ?? ""}${pair.isSame ? "=" : "|"}${pair.now ?? ""}`);

test("lines that stay are matched, those that change stand beside each other", () => {
  assert.deepEqual(shown("a\nb\nc\nd", "a\nx\nc\nd\ne"), ["a=a", "b|x", "c=c", "d=d", "|e"]);
  assert.deepEqual(shown("a\na\na", "a"), ["a=a", "a|", "a|"]);
  assert.deepEqual(shown("", "a"), ["|a"]);
  assert.deepEqual(shown("same", "same"), ["same=same"]);
});

test("no line of either text is lost, also of those that are too long to be matched", () => {
  const random = (seed: number) => () =>
    (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  for (let seed = 1; seed < 200; seed++) {
    const next = random(seed);
    const lines = () =>
      Array.from({ length: Math.floor(next() * 12) }, () => "abc"[Math.floor(next() * 3)]!);
    const [old, now] = [lines().join("\n"), lines().join("\n")];
    wholeIn(old, now);
  }
  const many = (word: string) => Array.from({ length: 2_100 }, (_, i) => `${word}${i}`).join("\n");
  wholeIn(many("a"), many("b"));
});

function wholeIn(old: string, now: string): void {
  const pairs = linePairs(old, now);
  const side = (name: "old" | "now") =>
    pairs.flatMap((pair) => pair[name] === undefined ? [] : [pair[name]]).join("\n");
  assert.deepEqual([side("old"), side("now")], [old, now]);
  for (const pair of pairs) if (pair.isSame) assert.equal(pair.old, pair.now);
}
