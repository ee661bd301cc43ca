// What is said of a program of the system that was tried.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tryTool } from "../../../engine/isolation/tools.ts";

test("what it wrote, or its last words", async () => {
  assert.deepEqual(await tryTool(["/bin/sh", "-c", "echo yes"]), { ok: true, stdout: "yes\n" });
  assert.deepEqual(
    await tryTool(["/bin/sh", "-c", "echo first >&2; echo last >&2; exit 3"]),
    { ok: false, reason: "last" },
  );
});

test("one that does not end is ended, and said to have been too slow", async () => {
  assert.deepEqual(
    await tryTool(["/bin/sh", "-c", "exec sleep 60"], { patienceMs: 50 }),
    { ok: false, reason: "sh has not ended after 0.05 s" },
  );
});
