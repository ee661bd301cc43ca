// How programs end with their daemon: told to, with a grace, and killed after it.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { spawnDaemon } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { assertGroupDies, leaderOf } from "../support/processes.ts";
import { until } from "../support/test-engine.ts";

/** A daemon with a program that has its lock and will not end by itself. */
async function holding(t: TestContext, trap: string, env: Record<string, string> = {}) {
  const daemon = await spawnDaemon(t, { env });
  const params = {
    workdir: daemon.home,
    shell: true,
    command: `trap '${trap}' TERM; echo $$ > leader; : > lock; while :; do sleep 0.1; done`,
  };
  const steps = [{ id: "a", action: "shell.exec", params, timeout: "1h" }];
  const define = { name: "w", agent_id: "x", definition: { steps } };
  assert.equal((await rest(daemon.url, "POST", "/api/v1/templates", define)).status, 201);
  const run = { template_name: "w", agent_id: "x" };
  const { body } = await rest(daemon.url, "POST", "/api/v1/runs", run);
  const lock = join(daemon.home, "lock");
  await until(() => delay(5, existsSync(lock)), "the lock");
  return { daemon, lock, id: body.workflow_id as string };
}

test("a program frees its lock when the daemon is stopped, and its run is interrupted", async (t) => {
  const { daemon, lock, id } = await holding(t, "rm lock; exit 0");
  assert.equal(await daemon.stop(), 0);
  assert.ok(!existsSync(lock));
  const next = await spawnDaemon(t, { home: daemon.home });
  const { body } = await rest(next.url, "GET", `/api/v1/runs/${id}`);
  assert.deepEqual([body.status, body.interrupted], ["suspended", ["a"]]);
});

test("one that ignores it is killed after shell.kill_grace, and the stop ends in time", async (t) => {
  const { daemon } = await holding(t, "", { OPCODE_SHELL_KILL_GRACE: "1s" });
  const started = performance.now();
  assert.equal(await daemon.stop(), 0);
  t.diagnostic(`stopped after ${Math.round(performance.now() - started)} ms`);
  await assertGroupDies(leaderOf(daemon.home));
});

test("a cancel over REST lets it free its lock too", async (t) => {
  const { daemon, lock, id } = await holding(t, "rm lock; exit 0");
  const signal = { signal_type: "cancel", agent_id: "x" };
  const { status } = await rest(daemon.url, "POST", `/api/v1/runs/${id}/signal`, signal);
  assert.equal(status, 200);
  await until(() => delay(5, !existsSync(lock)), "the end of the lock");
});
