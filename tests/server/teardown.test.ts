// Whether what was set up is taken down in reverse, whatever becomes of a step.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Teardown } from "../../server/teardown.ts";

test("a step that throws or rejects is told, and the others still run, once", async () => {
  const told: unknown[] = [];
  const log = {
    debug() {},
    info() {},
    warn: (_: string, more?: Record<string, unknown>) => void told.push(more?.what),
    error() {},
  };
  const teardown = new Teardown(log);
  const done: string[] = [];
  teardown.add("lock", () => done.push("lock"));
  teardown.add("door", () => {
    throw new Error("stuck");
  });
  const keep = teardown.add("store", () => done.push("store"));
  teardown.add("engine", () => Promise.reject(new Error("the disk is full")));
  teardown.add("pidfile", async () => void done.push("pidfile"));
  keep();
  await Promise.all([teardown.run(), teardown.run()]);
  assert.deepEqual(done, ["pidfile", "lock"]);
  assert.deepEqual(told, ["engine", "door"]);
});
