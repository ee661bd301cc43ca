// Whether a daemon that dies of a run comes up again and serves, with that run set aside.
//
// The budgets are set so high here that nothing keeps a run from taking all there is.

import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { spawnDaemon, tempHome } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";

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
    if (daemon.child.exitCode === null && daemon.child.signalCode === null) {
      await once(daemon.child, "close");
    }
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
  // Those of before anything could be noted are not among them; there is no end to the rest.
  assert.ok(deaths <= 5, `${deaths} deaths`);
  assert.equal((await run("small", 10_000)).status, "completed");
  const cancel = { signal_type: "cancel", payload: {}, agent_id: "someone" };
  const path = `/api/v1/runs/${workflow_id}/signal`;
  const answer = await rest(daemon.url, "POST", path, cancel);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.equal(await daemon.stop(), 0);
});
