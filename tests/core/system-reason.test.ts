// What is told of a file that the system refuses.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { systemReason } from "../../core/system-reason.ts";

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  assert.fail("nothing was thrown");
}

test("a path that the text names already is not named again", () => {
  const calls = {
    "ENOENT: no such file or directory": () => readFileSync("/nonexistent/a', open 'b"),
    "EISDIR: illegal operation on a directory": () => readFileSync("/"),
    "ENOTDIR: not a directory": () => readdirSync("/etc/passwd"),
  };
  for (const [reason, call] of Object.entries(calls)) {
    assert.equal(systemReason(thrownBy(call)), reason);
  }
  assert.match(systemReason(thrownBy(() => writeFileSync("/", ""))), /^EISDIR: [a-z ]+$/);
  assert.equal(systemReason(new Error("of another kind, open 'x'")), "of another kind, open 'x'");
});
