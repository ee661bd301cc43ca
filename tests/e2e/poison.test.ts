// Whether a daemon that dies of a run comes up again and serves, with that run set aside.
//
// The budgets are set so high here that nothing keeps a run from taking all there is.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { spawnDaemon, tempHome } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";
import { until } from "../support/test-engine.ts";

const GIB = String(1024 ** 3);
const BOUNDLESS = {
  OPCODE_MEMORY_TOTAL: GIB,
  OPCODE_MEMORY_PER_AGENT: GIB,
  OPCODE_MEMORY_PER_RUN: GIB,
};

test("after two noted deaths the run is suspended as poisoned, and all else is served", async (t) => {
  const home = tempHome(t);
  const empties = join(home, "empties.json");
  writeFileSync(empties, `[${"{},".repeat(600_000)}{}]`);
  const start = () => spawnDaemon(t, { home, heapMiB: 256, env: BOUNDLESS });
  let daemon = await start();
  await defineTemplate(daemon.url, "small", [{ id: "a", action: "crypto.uuid" }]);
  const reads = Array.from({ length: 30 }, (_, n) => ({
    id: `cat${n}`,
    action: "shell.exec",
    params: { command: "cat", args: [empties] },
    on_interrupt: "resume",
    // A loop that collects garbage all the time may keep a program waiting for minutes.
    timeout: "1h",
    ...(n > 0 && { depends_on: [`cat${n - 1}`] }),
  }));
  await defineTemplate(daemon.url, "bomb", reads);
  const run = async (template_name: string, wait_ms: number) => {
    const request = { template_name, agent_id: "someone", wait_ms };
    return (await rest(daemon.url, "POST", "/api/v1/runs", request)).body;
  };
  const { workflow_id } = await run("bomb", 0);
  let deaths = 0;
  for (; deaths < 10; deaths++) {
    const { body } = await rest(daemon.url, "GET", `/api/v1/runs/${workflow_id}`).catch(() => ({
      body: {} as any,
    }));
    if (body?.poisoned) break;
    await until(async () => {
      const { exitCode, signalCode } = daemon.child;
      if (exitCode !== null || signalCode !== null) return true;
      // A run that has ended costs no life: nobody is to wait for that.
      for (const status of ["failed", "completed"]) {
        const ended = await rest(daemon.url, "GET", `/api/v1/runs?status=${status}`).catch(() =>
          null
        );
        assert.ok(!JSON.stringify(ended?.body ?? null).includes(workflow_id), status);
      }
      return await delay(100, false);
    }, "the death");
    let began = performance.now();
    // A death that comes before anything could be noted costs one more of them.
    for (let serves = false; !serves && deaths < 10;) {
      began = performance.now();
      const started = await start().catch(() => null);
      serves = started !== null;
      if (started) daemon = started;
      else deaths++;
    }
    const ms = Math.round(performance.now() - began);
    t.diagnostic(`death ${deaths + 1}; the start after it served within ${ms} ms`);
  }
  const { body } = await rest(daemon.url, "GET", `/api/v1/runs/${workflow_id}`);
  t.diagnostic(`${deaths} deaths; ${JSON.stringify(body.poisoned)}`);
  assert.equal(body.status, "suspended");
  assert.equal(body.poisoned.deaths, 2);
  // Those of before anything could be noted are not among them; how many these are is the machine's.
  if (process.env.STRICT) assert.ok(deaths <= 5, `${deaths} deaths`);
  assert.equal((await run("small", 10_000)).status, "completed");
  const cancel = { signal_type: "cancel", payload: {}, agent_id: "someone" };
  const path = `/api/v1/runs/${workflow_id}/signal`;
  const answer = await rest(daemon.url, "POST", path, cancel);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.equal(await daemon.stop(), 0);
});
