// What building the panel leaves behind.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { buildPanel } from "../../../cli/panel/build.ts";

const CHILDREN = `/proc/${process.pid}/task/${process.pid}/children`;

test("nothing of the builder stays when the panel is built, and it can be built again", {
  skip: !existsSync(CHILDREN) && "this system does not tell which children a process has",
}, async () => {
  const children = () => readFileSync(CHILDREN, "utf8").trim().split(" ").filter(Boolean);
  const before = children();
  const built = await buildPanel();
  // It has been told to end, and ends; that it does not is the time limit of tests.
  while (children().some((child) => !before.includes(child))) await setImmediate();
  assert.deepEqual((await buildPanel()).script, built.script);
});
