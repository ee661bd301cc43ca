// Whether the first command of the README does what it shows.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../house/sources.ts";
import { cleanEnv, tempHome } from "../support/daemon.ts";

test("the demo shows its six steps, and finds that the values are right", (t) => {
  const home = tempHome(t);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "scripts/demo.ts")],
    { env: { ...cleanEnv({}), HOME: home, TMPDIR: home }, encoding: "utf8", timeout: 60_000 },
  );
  assert.equal(status, 0, stderr || stdout);
  for (let n = 1; n <= 6; n++) assert.match(stdout, new RegExp(`^\\W*(?:\\[\\d+m)?${n}\\. `, "m"));
  assert.match(stdout, /Next, type:/);
});
