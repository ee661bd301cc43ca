// What a daemon that is forced to end leaves running: nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { spawnDaemon } from "../support/daemon.ts";
import { assertGroupDies, stubbornTree, treeOf } from "../support/processes.ts";
import { Rest } from "../support/rest.ts";
import { scratch } from "../support/scratch.ts";
import { until } from "../support/test-engine.ts";

test("a daemon that is forced to end by a second SIGTERM leaves nothing of the group", async (t) => {
  const place = scratch(t);
  const daemon = await spawnDaemon(t);
  const rest = new Rest(daemon.url, 1);
  try {
    const steps = [{ id: "a", action: "shell.exec", params: stubbornTree(place) }];
    await rest.post("/api/v1/templates", { name: "w", definition: { steps }, agent_id: "test" });
    await rest.post("/api/v1/runs", { template_name: "w", agent_id: "test" });
    const leader = await treeOf(place);
    const stopped = daemon.stop();
    await until(() => delay(1, daemon.log().includes('"msg":"stopping"')), "the first signal");
    // One that comes at once is taken for the first one, told twice.
    await until(async () => {
      daemon.child.kill("SIGTERM");
      return await delay(50, daemon.child.exitCode !== null);
    }, "the forced end");
    // 128 and the signal's number: nothing that failed.
    assert.equal(await stopped, 143);
    await assertGroupDies(leader);
  } finally {
    await rest.destroy();
  }
});
