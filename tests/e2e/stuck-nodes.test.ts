// Whether a run that one daemon after the other is stuck in is set aside, where several are at work on one database.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { afterwards, spawnDaemon, tempHome } from "../support/daemon.ts";
import { beginEndless, ENDLESS, smallRun } from "../support/endless-run.ts";
import { rest } from "../support/http.ts";
import { postgresDatabase } from "../support/postgres.ts";

test("a run that stuck two daemons is set aside, and both serve again", async (t) => {
  const database = await postgresDatabase();
  afterwards(t, () => database.remove());
  const homes = [tempHome(t), tempHome(t)];
  const start = (home: string) =>
    spawnDaemon(t, { home, env: { OPCODE_STORE_URL: database.url }, preload: ENDLESS });
  let [a, b] = await Promise.all([start(homes[0]!), start(homes[1]!)]);
  const id = await beginEndless(a.url);
  /** Until so many processes have died of it, and another is in the middle of it. */
  const stuck = async (deaths: number) => {
    for (let tries = 0;; tries++) {
      assert.ok(tries < 1_200, `nobody is stuck after ${deaths} deaths`);
      const [row] = await database.rows("SELECT deaths, doing FROM suspects");
      if (row?.deaths === deaths && row.doing === "a turn of it did not end") return;
      await delay(50);
    }
  };
  await stuck(0);
  assert.equal(await smallRun(b.url), "completed");
  // The first one loses its lease, and the other one adopts the run.
  await stuck(1);
  await Promise.all([a.kill(), b.kill()]);
  [a, b] = await Promise.all([start(homes[0]!), start(homes[1]!)]);
  for (let tries = 0;; tries++) {
    const answers = await Promise.all(
      [a, b].map(async ({ url }) => (await rest(url, "GET", `/api/v1/runs/${id}`)).body),
    );
    if (answers.every(({ poisoned }) => poisoned)) {
      for (const { status, poisoned } of answers) {
        assert.deepEqual([status, poisoned], ["suspended", {
          deaths: 2,
          reason: "a turn of it did not end",
        }]);
      }
      break;
    }
    assert.ok(tries < 1_200, "it is not set aside");
    await delay(50);
  }
  for (const { url } of [a, b]) assert.equal(await smallRun(url), "completed");
  // One of them has it, and is told by the other.
  const path = `/api/v1/runs/${id}`;
  const cancel = { signal_type: "cancel", payload: {}, agent_id: "someone" };
  const { status, body } = await rest(a.url, "POST", `${path}/signal`, cancel);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal((await rest(b.url, "GET", path)).body.status, "cancelled");
  assert.deepEqual(await Promise.all([a.stop(), b.stop()]), [0, 0]);
});
