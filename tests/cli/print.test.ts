// How tables fit what they are printed on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tableLines } from "../../cli/print.ts";

const ROWS = [["a", "some words that need more than one line"], ["bcd", "short"]];

test("columns are as wide as their longest cell, without spaces at the end", () => {
  assert.deepEqual(tableLines(["name", "text"], [["a", "b"], ["longer", ""]], Infinity), [
    "NAME    TEXT",
    "a       b",
    "longer",
  ]);
});

test("the last column is wrapped to the width, under itself", () => {
  assert.deepEqual(tableLines(["name", "text"], ROWS, 28), [
    "NAME  TEXT",
    "a     some words that need",
    "      more than one line",
    "bcd   short",
  ]);
  const [, long] = tableLines(["n", "t"], [["a", "x".repeat(30)]], 23);
  assert.equal(long, "a  " + "x".repeat(20));
});

test("where there is too little room, lines are left to the terminal", () => {
  assert.equal(tableLines(["name", "text"], ROWS, 20).length, 3);
});
