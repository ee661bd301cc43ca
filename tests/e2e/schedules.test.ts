// What schedules come to in a real daemon: over kill -9 among many that are due, and on the command line.
//
// `KILLS=50 npm test -- e2e/schedules` is the long run; `SEED=…` repeats one.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as after } from "node:timers/promises";
import type { JsonObject } from "../../core/json.ts";
import { timerKey } from "../../engine/schedules/timing.ts";
import { emptyHandOver, NO_RUN, type Store } from "../../engine/store/store.ts";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { defineTemplate } from "../support/http.ts";
import { type KeptCli, keptCli } from "../support/kept-cli.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { Rest } from "../support/rest.ts";
import { openHomeStore } from "../support/home-store.ts";

const KILLS = Number(process.env.KILLS ?? 3);
const SCHEDULES = 200;

/** Lets all schedules be due now, as in one minute of a clock. */
async function allDue(store: Store): Promise<void> {
  const handOver = emptyHandOver();
  const { rows } = await store.listSchedules({ limit: 1_000 });
  const nextAt = Date.now();
  handOver.scheduling = {
    removed: [],
    schedules: rows.map((row) => ({ ...row, nextAt })),
    fires: [],
  };
  handOver.timers = rows.map(({ id }) => ({ runNo: NO_RUN, key: timerKey(id), dueAt: nextAt }));
  const [result] = await store.commit([handOver]);
  assert.ok(result!.ok);
}

test(`${SCHEDULES} schedules are due at once, and the daemon is killed among them ${KILLS} times`, {
  timeout: 3_600_000,
}, async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`SEED=${seed}`);
  const random = seeded(seed);
  const home = tempHome(t);
  const open = () => openHomeStore(home);
  let daemon = await spawnDaemon(t, { home });
  let rest = new Rest(daemon.url);
  const steps = [{ id: "a", action: "crypto.uuid" }];
  await rest.post("/api/v1/templates", { name: "w", definition: { steps }, agent_id: "t" });
  for (let n = 0; n < SCHEDULES; n++) {
    const body = { name: `s${n}`, template_name: "w", cron: "0 0 1 1 *", agent_id: `a${n % 7}` };
    await rest.post("/api/v1/schedules", body);
  }
  const started = async () =>
    ((await rest.get("/api/v1/runs?limit=1000")).runs as JsonObject[]).length;
  const cut: number[] = [];
  for (let kill = 1; kill <= KILLS; kill++) {
    await rest.destroy();
    await daemon.kill();
    const store = await open();
    await allDue(store);
    await store.close();
    daemon = await spawnDaemon(t, { home });
    rest = new Rest(daemon.url);
    const some = (kill - 1 + 0.9 * random()) * SCHEDULES;
    while (await started() < some);
    await rest.destroy();
    await daemon.kill();
    daemon = await spawnDaemon(t, { home });
    rest = new Rest(daemon.url);
    cut.push(await started() - (kill - 1) * SCHEDULES);
    const deadline = Date.now() + 30_000;
    while (await started() < kill * SCHEDULES) {
      assert.ok(Date.now() < deadline, `${await started()} of ${kill * SCHEDULES}`);
      await after(10);
    }
  }
  await rest.destroy();
  assert.equal(await daemon.stop(), 0);
  assert.doesNotMatch(daemon.log(), /"level":"error"/);
  t.diagnostic(`runs that were there at the first look after each kill: ${cut}`);
  const store = await open();
  t.after(() => store.close());
  const { rows } = await store.listSchedules({ limit: 1_000 });
  assert.equal(rows.length, SCHEDULES);
  const runs = new Set<number>();
  for (const { id, name } of rows) {
    const { rows: fires } = await store.listFires({ scheduleId: id, limit: 100 });
    assert.equal(fires.length, KILLS, name);
    for (const { outcome, runStatus, runNo } of fires) {
      assert.deepEqual([outcome, runStatus], ["started", "completed"], name);
      runs.add(runNo!);
    }
  }
  assert.equal(runs.size, KILLS * SCHEDULES);
  const all = await store.listRuns({ brief: true, limit: 1_000 });
  assert.equal(all.rows.length, Math.min(1_000, KILLS * SCHEDULES));
});

describe("opcode schedule", () => {
  const cleanup = suiteCleanup();
  let daemon: SpawnedDaemon;
  let kept: KeptCli;
  before(async () => {
    daemon = await spawnDaemon(cleanup);
    kept = keptCli(cleanup, { env: { OPCODE_HOME: daemon.home } });
    await defineTemplate(daemon.url, "w", [{ id: "a", action: "crypto.uuid" }]);
  });
  const cli = (...args: string[]) => kept(["schedule", ...args]);
  const line = async (...args: string[]) => {
    const { code, stdout, stderr } = await cli(...args);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };

  test("makes one, changes it, runs it, and tells what came of it", async () => {
    assert.match(await line("list"), /^no schedules yet; one is made by: /);
    const terms = ["--template", "w", "--cron", "30 2 1 1 *", "--timezone", "Europe/Berlin"];
    assert.match(
      await line("create", "nightly", ...terms, "--param", "n=5", "--jitter", "5m"),
      /^nightly is active; next /,
    );
    assert.match(await line("list"), /nightly +w +30 2 1 1 \* +Europe\/Berlin +active/);
    const updated = JSON.parse(
      await line("update", "nightly", "--overlap", "queue", "--max-runs", "9", "--json"),
    );
    assert.deepEqual(
      [updated.overlap, updated.max_runs, updated.params, updated.jitter],
      ["queue", 9, { n: 5 }, "5m"],
    );
    assert.equal(await line("pause", "nightly"), "nightly is paused");
    assert.match(await line("resume", "nightly"), /^nightly is active; next /);
    assert.equal(await line("history", "nightly"), "no time of it has come yet");
    assert.match(await line("run", "nightly"), /^started [0-9a-f-]{36}/);
    assert.match(await line("history", "nightly"), /manual +started/);
    const past = ["--from", "8784h", "--to", "0s"];
    assert.match(await line("backfill", "nightly", ...past, "--dry-run"), /02:30|01:30/);
    assert.match(await line("backfill", "nightly", ...past), /^TIME +RUN\n/);
    assert.equal(
      await line("backfill", "nightly", ...past),
      "every time has its run already",
    );
    assert.equal(await line("delete", "nightly"), "deleted nightly");
  });

  test("a run may begin later: its id is printed at once, and it can be cancelled", async () => {
    const { code, stdout, stderr } = await kept(["run", "w", "--delay", "2h"]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /begins /);
    const status = await kept(["status", stdout.trim(), "--json"]);
    assert.equal(JSON.parse(status.stdout).status, "pending");
    const shown = await kept(["status", stdout.trim()]);
    assert.match(shown.stdout + shown.stderr, /pending/);
    const cancelled = await kept(["signal", stdout.trim(), "cancel"]);
    assert.match(cancelled.stdout + cancelled.stderr, /cancel/);
  });

  const BAD: Record<string, [string[], number, RegExp]> = {
    "a slip in the verb": [["craete", "x"], 2, /did you mean "create"/],
    "no name": [["pause"], 2, /NAME is required/],
    "a name too many": [["list", "x"], 2, /takes no NAME/],
    "a flag of another verb": [["pause", "x", "--cron", "* * * * *"], 2, /--cron: has no meaning/],
    "no expression": [["create", "x", "--template", "w"], 2, /--cron: is required/],
    "a bad expression": [
      ["create", "x", "--template", "w", "--cron", "* 24 * * *"],
      2,
      /cron: .*position 3/,
    ],
    "a name that is not there": [["pause", "nobody"], 2, /schedule "nobody" not found/],
  };
  for (const [what, [args, code, told]] of Object.entries(BAD)) {
    test(`refuses ${what}`, async () => {
      const result = await cli(...args);
      assert.match(result.stderr, told);
      assert.equal(result.code, code, result.stderr);
    });
  }
});
