// Whether `man` takes the page, and finds all commands on it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildProgram } from "../../../cli/program.ts";
import { manPage } from "../../../cli/shells/man.ts";
import { treeOf } from "../../../cli/shells/tree.ts";
import { scratch } from "../../support/scratch.ts";
import { lacking } from "../../support/shells.ts";

const tree = treeOf(buildProgram(() => {}));

test("groff takes the manual page without a word, and it names every command and flag", {
  skip: lacking("groff"),
}, (t) => {
  const file = join(scratch(t), "opcode.1");
  writeFileSync(file, manPage(tree, "v1.2.0-3-gabc"));
  const { status, stdout, stderr } = spawnSync(
    "groff",
    ["-man", "-ww", "-Tascii", "-P-cbou", "-rLL=200n", file],
    { encoding: "utf8" },
  );
  assert.deepEqual([status, stderr], [0, ""]);
  const flat = stdout.replaceAll(/\s+/g, " ");
  for (const { usage, flags, examples } of tree.commands) {
    for (const text of [usage, ...flags.map(({ flag }) => flag)]) {
      assert.ok(flat.includes(text), text);
    }
    for (const text of examples) {
      assert.ok(flat.includes(`opcode ${text}`.replaceAll(/\s+/g, " ")), text);
    }
  }
});
