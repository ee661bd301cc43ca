// How tables fit what they are printed on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { brief, tableLines } from "../../cli/table.ts";

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

test("columns that may be cut are, the widest first, and never below what they need", () => {
  const id = "01a1fca2-57eb-7067-879b-1969a568925a";
  const columns = [{ name: "run", least: 18 }, { name: "name", least: 8 }, "status", "at"];
  const row = [id, "a-name-of-thirty-characters-xx", "completed", "2026-01-31 12:00:00"];
  const lines = (width: number) => tableLines(columns, [row], width)[1]!;
  assert.equal(lines(Infinity), row.join("  "));
  assert.equal(lines(100), row.join("  "));
  for (const width of [99, 90, 80, 70, 61]) assert.equal(lines(width).length, width);
  assert.equal(
    lines(80),
    "01a1fca2-57eb-7067-879…  a-name-of-thirty-chara…  completed  2026-01-31 12:00:00",
  );
  assert.equal(lines(40), "01a1fca2-57eb-706…  a-name-…  completed  2026-01-31 12:00:00");
});

test("a last column that may be cut is not wrapped", () => {
  assert.deepEqual(tableLines(["a", { name: "step", least: 8 }], [["x", "y".repeat(90)]], 40), [
    "A  STEP",
    `x  ${"y".repeat(36)}…`,
  ]);
});

test("a value is cut at the end of one of its parts, not wrapped", () => {
  const value = '{"path":"/tmp/some/file","size":74}';
  const shown = (text: string, width: number) =>
    tableLines(["n", "t"], [["a", { value: text }]], width);
  assert.deepEqual(shown(value, 80), ["N  T", `a  ${value}`]);
  assert.deepEqual(shown(value, 33), ["N  T", 'a  {"path":"/tmp/some/file",…']);
  assert.deepEqual(shown(`${value.slice(0, 30)}…`, 33), ["N  T", 'a  {"path":"/tmp/some/file",…']);
  // A text that has no parts is cut where it must be.
  assert.deepEqual(shown(`{"data":"${"x".repeat(50)}"}`, 33), [
    "N  T",
    `a  {"data":"${"x".repeat(20)}…`,
  ]);
  assert.equal(
    brief({ list: [1, 2], text: "some words, and yet more of them than there is room for" }),
    '{"list":[1,2],"text":"some words, and yet more of them…',
  );
});

test("where there is too little room, lines are left to the terminal", () => {
  assert.equal(tableLines(["name", "text"], ROWS, 14).length, 3);
});
