// Whether one process at a time does the set-up, however busy it is, and none waits for one that is gone.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { withLock } from "../../scripts/setup/lock.mjs";
import { scratch } from "../support/scratch.ts";

const MODULE = new URL("../../scripts/setup/lock.mjs", import.meta.url).href;
const OTHER = `import { withLock } from ${JSON.stringify(MODULE)};
await withLock(process.argv[1], async () => console.log("held"));`;

test("who holds it holds it, also when nothing was heard of it for long", async (t) => {
  const path = join(scratch(t), "lock");
  let isHeld = false;
  const { other, said } = await withLock(path, async () => {
    const long = new Date(Date.now() - 3_600_000);
    utimesSync(path, long, long);
    const other = spawn(process.execPath, ["--input-type=module", "-e", OTHER, path]);
    other.stdout.once("data", () => isHeld = true);
    const [said] = await once(other.stderr, "data");
    // It has looked, and looks again soon.
    utimesSync(path, long, long);
    assert.ok(existsSync(path) && !isHeld);
    return { other, said: String(said) };
  });
  assert.match(said, /Waiting for another process/);
  assert.deepEqual(await once(other, "close"), [0, null]);
  assert.ok(isHeld);
  assert.ok(!existsSync(path));
});

test("the lock of a process that was killed is taken", async (t) => {
  const path = join(scratch(t), "lock");
  writeFileSync(path, String(spawnSync(process.execPath, ["-e", ""]).pid));
  assert.equal(await withLock(path, () => Promise.resolve(1)), 1);
});

test("what fails lets go of it", async (t) => {
  const path = join(scratch(t), "lock");
  await assert.rejects(withLock(path, () => Promise.reject(new Error("no"))), /no/);
  assert.ok(!existsSync(path));
});
