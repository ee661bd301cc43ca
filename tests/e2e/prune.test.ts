// Whether `opcode prune` removes what it is asked to, through the daemon and without one, and says so.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { runCli } from "../support/cli.ts";
import { spawnDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { fillStore } from "../support/filled-store.ts";
import { openHomeStore } from "../support/home-store.ts";

const DAY = 24 * 3_600_000;
const RUNS = 300;

async function filledHome(t: Parameters<typeof tempHome>[0]): Promise<string> {
  const home = tempHome(t);
  const store = await openHomeStore(home);
  const now = Date.now();
  await fillStore(store, { runs: RUNS, events: 20, from: now - 59.9 * DAY, to: now + 0.1 * DAY });
  await store.close();
  return home;
}

describe("opcode prune", () => {
  const cleanup = suiteCleanup();
  let home = "";
  before(async () => void (home = await filledHome(cleanup)));
  const prune = (...args: string[]) => runCli(["prune", ...args], { env: { OPCODE_HOME: home } });
  const count = async () => {
    const listed = await prune("--max-runs", "1", "--dry-run", "--json");
    return JSON.parse(listed.stdout).runs + 1;
  };

  it("tells what would go, and removes it, while no daemon runs", async () => {
    const dry = await prune("--older-than", "50d", "--dry-run");
    assert.match(dry.stdout, /^would remove 50 runs, with 1000 events\n$/);
    assert.equal(await count(), RUNS);
    const done = await prune("--older-than", "50d", "--json");
    assert.equal(done.code, 0, done.stderr);
    const { runs, emptied_runs, events } = JSON.parse(done.stdout);
    assert.deepEqual([runs + emptied_runs, events], [50, 1_000]);
  });

  it("does so by the settings when nothing else is asked for", async () => {
    const env = { OPCODE_HOME: home, OPCODE_RETENTION_TERMINAL: "40d" };
    const done = await runCli(["prune"], { env });
    assert.match(done.stdout, /^removed 50 runs, with 1000 events\n$/);
    const off = {
      OPCODE_RETENTION_TERMINAL: "off",
      OPCODE_RETENTION_MAX_RUNS: "0",
      OPCODE_RETENTION_FIRES: "off",
    };
    const none = await runCli(["prune"], { env: { OPCODE_HOME: home, ...off } });
    assert.equal(none.code, 2);
    assert.match(none.stderr, /older_than: is required, or max_runs: the settings keep all runs/);
  });

  it("asks the daemon that runs, with the same words", async (t) => {
    const env = { OPCODE_RETENTION_TERMINAL: "off" };
    const daemon = await spawnDaemon(t, { home, env });
    const done = await prune("--older-than", "30d");
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /^removed 50 runs, with 1000 events\n$/);
    assert.equal(await count(), 150);
    for (const [wrong, why] of [["30", "must be a duration"], ["-1d", "must"]] as const) {
      const refused = await prune(`--older-than=${wrong}`);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, new RegExp(`--older-than: ${why}`));
    }
    assert.equal((await prune("--max-runs", "0")).code, 2);
    await daemon.stop();
  });
});
