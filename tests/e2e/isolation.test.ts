// Whether anything of a program is left when its daemon is killed, and whether the log says what it was held in.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { theProbes } from "../../engine/isolation/probes.ts";
import { loadSettings } from "../../server/settings/load.ts";
import { spawnDaemon, startTestDaemon } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";
import { detached, needsLinux } from "../support/isolation.ts";
import { assertDies } from "../support/processes.ts";
import { until } from "../support/test-engine.ts";

const run = (url: string, wait_ms: number) =>
  rest(url, "POST", "/api/v1/runs", { template_name: "w", agent_id: "a", wait_ms });

for (const trap of ["echo told >> told; exit 0", ""]) {
  const name = trap === "" ? "killed" : "told to end";
  test(`kill -9 of the daemon: what has left its program's group is ${name}`, {
    skip: needsLinux,
  }, async (t) => {
    const daemon = await spawnDaemon(t, { env: { OPCODE_SHELL_KILL_GRACE: "1s" } });
    const { home, url } = daemon;
    const params = detached(home, trap);
    await defineTemplate(url, "w", [{ id: "a", action: "shell.exec", params, timeout: "1h" }]);
    await run(url, 0);
    await until(() => delay(5, existsSync(join(home, "stray"))), "the stray");
    await daemon.kill();
    await assertDies(Number(readFileSync(join(home, "stray"), "utf8")));
    if (trap !== "") assert.equal(readFileSync(join(home, "told"), "utf8"), "told\n");
  });
}

test(
  "the events of a step's end say what its program was held in",
  { skip: needsLinux },
  async (t) => {
    const { url } = await spawnDaemon(t, { env: { OPCODE_SHELL_MAX_CPU: "50" } });
    const failing = { command: "false", fail_on_error: true };
    await defineTemplate(url, "w", [
      { id: "good", action: "shell.exec", params: { command: "true" } },
      {
        id: "bad",
        action: "shell.exec",
        params: failing,
        retry: { max: 1, delay: "1ms" },
        on_error: { strategy: "ignore" },
      },
    ]);
    const { body } = await run(url, 20_000);
    assert.equal(body.status, "completed", JSON.stringify(body));
    assert.equal("isolation" in body.steps.good.output, false);
    const { body: { events } } = await rest(
      url,
      "GET",
      `/api/v1/events?workflow_id=${body.workflow_id}`,
    );
    for (const type of ["step_completed", "step_retry_attempt", "step_ignored"]) {
      const event = events.find(({ event_type }: { event_type: string }) => event_type === type);
      const { enforced, unavailable } = event.payload.isolation;
      assert.ok(enforced.includes("tree"), JSON.stringify(event));
      assert.deepEqual([...enforced, ...unavailable].toSorted(), ["cpu", "tree"]);
    }
  },
);

test("isolation off: nothing is said, and isolation required runs what can be held", {
  skip: needsLinux,
}, async (t) => {
  for (const mode of ["off", "required"]) {
    const { url } = await spawnDaemon(t, { env: { OPCODE_ISOLATION: mode } });
    await defineTemplate(url, "w", [
      { id: "a", action: "shell.exec", params: { command: "echo", args: ["held"] } },
    ]);
    const { body } = await run(url, 20_000);
    assert.equal(body.steps.a.output.stdout, "held\n", JSON.stringify(body));
    const log = await rest(url, "GET", `/api/v1/events?workflow_id=${body.workflow_id}`);
    assert.equal(JSON.stringify(log.body).includes('"isolation"'), mode === "required");
  }
});

test("guards are tried once for all that ask, and anew when the settings are read again", async (t) => {
  const { url, home, retune } = await startTestDaemon(t);
  const probes = theProbes();
  const first = await probes.of("tree");
  await rest(url, "GET", "/api/v1/isolation");
  assert.equal(theProbes(), probes);
  assert.equal(await theProbes().of("tree"), first);
  await retune(loadSettings({ env: { OPCODE_HOME: home }, flags: {} }));
  assert.notEqual(theProbes(), probes);
});
