// What kill -9 at any moment leaves: everything acknowledged, and no effect that happened twice.
//
// `KILLS=200 npm test -- e2e/kill` is the long run; `SEED=…` repeats one.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { startCallCounter } from "../support/call-counter.ts";
import { afterwards, spawnDaemon, tempHome } from "../support/daemon.ts";
import {
  answerInterrupted,
  checkStore,
  startLoad,
  templates,
  untilNothingIsOpen,
} from "../support/kill-load.ts";
import { openHomeStore } from "../support/home-store.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { Rest } from "../support/rest.ts";

const KILLS = Number(process.env.KILLS ?? 8);
test(`${KILLS} × kill -9 under load`, { timeout: 3_600_000 }, async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`SEED=${seed}`);
  const random = seeded(seed);
  const counter = await startCallCounter(() => random() * 8);
  afterwards(t, () => counter.close());
  const home = tempHome(t);
  let daemon = await spawnDaemon(t, { home });
  let rest = new Rest(daemon.url);
  for (const [name, definition] of Object.entries(templates(counter.url))) {
    await rest.post("/api/v1/templates", { name, definition, agent_id: "test" });
  }

  /** Every run whose start was answered, with the answer. */
  const acknowledged = new Map<string, JsonObject>();
  let interrupted = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const load = startLoad(rest, random, acknowledged);
    await new Promise((resolve) => setTimeout(resolve, 30 + random() * 250));
    load.stop();
    await daemon.kill();
    await load.ended;
    await rest.destroy();
    daemon = await spawnDaemon(t, { home });
    rest = new Rest(daemon.url);
    interrupted += await answerInterrupted(rest, random);
    await untilNothingIsOpen(rest, daemon);
    assert.doesNotMatch(daemon.log(), /"level":"error"/);
  }
  await rest.destroy();
  assert.equal(await daemon.stop(), 0);
  const store = await openHomeStore(home);
  afterwards(t, () => store.close());
  const checked = await checkStore(store, acknowledged, counter.calls);
  t.diagnostic(
    `${acknowledged.size} runs acknowledged, ${interrupted} interrupted, ` +
      `${checked} completed calls, ${counter.calls.size} calls`,
  );
});
