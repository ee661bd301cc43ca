// Whether a daemon that is killed because a turn of a run does not end comes up again, with that run set aside.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { spawnDaemon, tempHome } from "../support/daemon.ts";
import { beginEndless, ENDLESS, smallRun } from "../support/endless-run.ts";
import { rest } from "../support/http.ts";
import { until } from "../support/test-engine.ts";

/** What a watchdog does not wait for in vain: until then it is noted, unless the machine is busy. */
const PATIENCE_MS = 3_000;

test("the second daemon that is killed in a turn of it is the last", async (t) => {
  const home = tempHome(t);
  const start = () => spawnDaemon(t, { home, preload: ENDLESS });
  let daemon = await start();
  const id = await beginEndless(daemon.url);
  const isStuck = async () => {
    const signal = AbortSignal.timeout(1_000);
    return await fetch(`${daemon.url}/healthz`, { signal }).then(
      () => delay(50, false),
      () => true,
    );
  };
  const poisoned = async () => {
    const { body } = await rest(daemon.url, "GET", `/api/v1/runs/${id}`);
    return body.poisoned as { deaths: number; reason: string } | undefined;
  };
  let kills = 0;
  for (let held = false; !held && kills < 10;) {
    await until(isStuck, "its being stuck");
    await delay(PATIENCE_MS);
    await daemon.kill();
    kills++;
    daemon = await start();
    held = await Promise.race([poisoned().then(Boolean, () => false), delay(PATIENCE_MS, false)]);
  }
  t.diagnostic(`${kills} kills`);
  assert.deepEqual(await poisoned(), { deaths: 2, reason: "a turn of it did not end" });
  assert.equal(await smallRun(daemon.url), "completed");
  assert.equal(await daemon.stop(), 0);
});
