// How command lines are normalised before they are parsed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { normalised } from "../../cli/argv.ts";

test("one dash before a long flag means two; short flags and values stay", () => {
  assert.deepEqual(normalised(["-panel", "-pool-size=3", "-h", "x", "-1"]), [
    "--panel",
    "--pool-size=3",
    "-h",
    "x",
    "-1",
  ]);
});

test("a switch takes a boolean after =", () => {
  assert.deepEqual(normalised(["--json=true", "-json=false", "--wait=0"]), ["--json", "--no-wait"]);
  assert.deepEqual(normalised(["--panel=true", "--json=maybe"]), ["--panel=true", "--json=maybe"]);
});

test("what follows -- is left alone", () => {
  assert.deepEqual(normalised(["run", "--", "-name", "--json=1"]), [
    "run",
    "--",
    "-name",
    "--json=1",
  ]);
});
