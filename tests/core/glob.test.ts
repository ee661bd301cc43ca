// Which names a glob means.

import assert from "node:assert/strict";
import { test } from "node:test";
import { globs } from "../../core/glob.ts";

test("a star stands for any characters, dots and none included; all else for itself", () => {
  const cases: [string, string, boolean][] = [
    ["fs.*", "fs.read", true],
    ["fs.*", "fs.", true],
    ["fs.*", "fs", false],
    ["fs.*", "xfs.read", false],
    ["fs.read", "fs.read", true],
    ["fs.read", "fs.reads", false],
    ["fs.read", "fsXread", false],
    ["*", "", true],
    ["*", "a.b.c", true],
    ["*a*", "bab", true],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["a*b*c", "axxbyyc", true],
    ["a*b*c", "axxcyyb", false],
    ["*.h*", "crypto.hash", true],
    ["a**b", "ab", true],
    ["[a]", "a", false],
    ["a*bc*bc", "abc", false],
    ["a*bc*bc", "abcbc", true],
  ];
  for (const [glob, name, means] of cases) {
    assert.equal(globs([glob]).match(name) !== undefined, means, `${glob} ${name}`);
  }
});

test("it takes time that grows with the name, whatever the stars", () => {
  const name = "a".repeat(100_000);
  assert.equal(globs(["*a".repeat(1_000) + "*b"]).match(name), undefined);
});

test("the answer is the first glob of the list that fits", () => {
  assert.equal(globs(["x", "f*", "*"]).match("fs.read"), "f*");
  assert.equal(globs([]).match("fs.read"), undefined);
});
