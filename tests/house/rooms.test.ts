// Whether every file is a small room with its name on the door.

import assert from "node:assert/strict";
import { test } from "node:test";
import { functionsOf } from "./functions.ts";
import { allFiles, isCode, ships } from "./sources.ts";

const MOST_LINES = 400;
const MOST_IN_MEDIAN = 120;
const MOST_IN_FUNCTION = 60;

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

test("functions are small, and their parts have names", (t) => {
  const inHouse = code.filter((source) => ships(source) || /^(scripts|bin)\//.test(source.file));
  const all = inHouse.flatMap(functionsOf).sort((a, b) => a.lines - b.lines);
  const large = all.filter(({ lines }) => lines > MOST_IN_FUNCTION);
  assert.deepEqual(large, [], `functions of more than ${MOST_IN_FUNCTION} lines`);
  const at = (share: number) => all[Math.floor((all.length - 1) * share)]!.lines;
  t.diagnostic(
    `${all.length} functions; lines: median ${at(0.5)}, 99 % ${at(0.99)}, largest ${at(1)}`,
  );
  assert.ok(all.length > 3_000, "they are found");
});

test("functions are found however they are written", () => {
  const text = [
    "export async function a(",
    "  b: string,",
    "): Promise<void> {",
    "  return c.map((d) => {",
    "    return d;",
    "  });",
    "}",
    "class E {",
    "  #f(g: { h: 1 }): void {",
    "    if (g) {",
    "      h();",
    "    }",
    "  }",
    "}",
    "const i = {",
    "  *j() {",
    "  },",
    "  async *[Symbol.asyncIterator](): AsyncGenerator<number> {",
    "  },",
    "};",
  ].join("\n");
  const found = functionsOf({ file: "x.ts", text }).map(({ at, lines }) => [at, lines]);
  assert.deepEqual(found, [["x.ts:1", 7], ["x.ts:4", 3], ["x.ts:9", 5], ["x.ts:16", 2], [
    "x.ts:18",
    2,
  ]]);
});
