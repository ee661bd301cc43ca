// Whether every file is a small room with its name on the door.

import assert from "node:assert/strict";
import { test } from "node:test";
import { allFiles, isCode, ships } from "./sources.ts";

const MOST_LINES = 400;
const MOST_IN_MEDIAN = 120;

const code = allFiles().filter(isCode);

test("every file opens with a sentence that says which question it answers", () => {
  const silent = code.filter(({ text }) => !/^(#!.*\n)?\/\/ \S.{10,}/.test(text));
  assert.deepEqual(silent.map(({ file }) => file), []);
});

test("what ships is made of small files", (t) => {
  const sizes = code.filter(ships)
    .map(({ file, text }) => ({ file, lines: text.split("\n").length - 1 }))
    .sort((a, b) => a.lines - b.lines);
  const large = sizes.filter(({ lines }) => lines > MOST_LINES);
  assert.deepEqual(large, [], `files of more than ${MOST_LINES} lines`);
  const at = (share: number) => sizes[Math.floor((sizes.length - 1) * share)]!.lines;
  t.diagnostic(
    `${sizes.length} files ship; lines: median ${at(0.5)}, 95 % ${at(0.95)}, largest ${at(1)}`,
  );
  assert.ok(at(0.5) <= MOST_IN_MEDIAN, `the median file has ${at(0.5)} lines`);
});
