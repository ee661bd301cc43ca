// What a running daemon does when its files fail it: it stops taking work, says so, and loses nothing that it can save.

import assert from "node:assert/strict";
import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fill, garbleTable, limitFileSize, mountSmall } from "../support/broken-files.ts";
import { spawnDaemon, type SpawnedDaemon, tempHome } from "../support/daemon.ts";
import { defineTemplate, HASH_STEPS, rest } from "../support/http.ts";
import { aboutFiles } from "../support/store-env.ts";

aboutFiles();

/** A stop's whole time, by which whatever stops it sends SIGKILL. */
const STOP_MS = 10_000;
const HASH = { template_name: "hash", agent_id: "a", params: { text: "x" }, wait_ms: 5_000 };

const startRun = (daemon: SpawnedDaemon) => rest(daemon.url, "POST", "/api/v1/runs", HASH);

/** A daemon with a template and a run that has ended. */
async function usedDaemon(t: TestContext, home?: string) {
  const daemon = await spawnDaemon(t, { ...(home !== undefined && { home }) });
  await defineTemplate(daemon.url, "hash", HASH_STEPS);
  const { body } = await startRun(daemon);
  assert.equal(body.status, "completed");
  return { daemon, database: join(daemon.home, "opcode.db"), run: body.workflow_id as string };
}

/** Asks until the daemon says that it is not well; returns the reason. */
async function untilUnwell({ url }: SpawnedDaemon): Promise<string> {
  for (;;) {
    const { status, body } = await rest(url, "GET", "/healthz");
    if (status === 503) {
      assert.equal(body.status, "unhealthy");
      assert.ok(!body.reason.includes("/"), "whoever asks needs no token, and no path");
      return body.reason;
    }
    await delay(20);
  }
}

/** Work is refused with what is wrong, the log has it once, and the stop ends in time with 0. */
async function assertRefusesAndStops(daemon: SpawnedDaemon, words: RegExp): Promise<void> {
  const refused = await startRun(daemon);
  assert.equal(refused.body.error.code, "STORE_ERROR");
  assert.match(refused.body.error.message, words);
  const define = rest(daemon.url, "POST", "/api/v1/templates", {
    name: "other",
    agent_id: "a",
    definition: { steps: HASH_STEPS },
  });
  assert.equal((await define).body.error.code, "STORE_ERROR");
  const told = daemon.log().split("\n").filter((line) => line.includes("nothing more is taken in"));
  assert.equal(told.length, 1, daemon.log());
  assert.match(JSON.parse(told[0]!).error, words);
  await assertStops(daemon);
}

async function assertStops(daemon: SpawnedDaemon): Promise<void> {
  const began = performance.now();
  assert.equal(await daemon.stop(), 0, daemon.log());
  assert.ok(performance.now() - began < STOP_MS, "the stop took too long");
}

async function assertHas(t: TestContext, home: string, run: string): Promise<void> {
  const again = await spawnDaemon(t, { home });
  const { status, body } = await rest(again.url, "GET", `/api/v1/runs/${run}`);
  assert.deepEqual([status, body.status], [200, "completed"], JSON.stringify(body));
}

for (const suffix of ["", "-wal"]) {
  test(`the database's file opcode.db${suffix} is removed: told within a second or two, and saved`, async (t) => {
    const { daemon, database, run } = await usedDaemon(t);
    rmSync(database + suffix);
    assert.match(await untilUnwell(daemon), /was removed under the running daemon/);
    await assertRefusesAndStops(
      daemon,
      /was removed .*all that was stored is in \S+\.rescued: stop/,
    );
    const saved = readdirSync(daemon.home).find((name) => name.endsWith(".rescued"))!;
    assert.equal(statSync(join(daemon.home, saved)).mode & 0o777, 0o600);
    renameSync(join(daemon.home, saved), database);
    rmSync(`${database}-wal`, { force: true });
    await assertHas(t, daemon.home, run);
  });
}

test("the database's file is replaced: what is there now stays untouched", async (t) => {
  const { daemon, database } = await usedDaemon(t);
  const other = await usedDaemon(t);
  await other.daemon.stop();
  copyFileSync(other.database, `${database}.new`);
  renameSync(`${database}.new`, database);
  assert.match(await untilUnwell(daemon), /was replaced under the running daemon/);
  await assertRefusesAndStops(daemon, /was replaced/);
  rmSync(`${database}-wal`, { force: true });
  await assertHas(t, daemon.home, other.run);
});

test("no commit is acknowledged once the file is gone", async (t) => {
  const { daemon, database } = await usedDaemon(t);
  rmSync(database);
  const { body } = await startRun(daemon);
  assert.equal(body.error?.code, "STORE_ERROR", JSON.stringify(body));
  assert.match(body.error.message, /was removed/);
});

test("pages that are garbage: the read that meets them is logged, and nothing more is taken in", async (t) => {
  const first = await usedDaemon(t);
  await first.daemon.stop();
  garbleTable(first.database, "agents");
  // No start reads that far.
  const daemon = await spawnDaemon(t, { home: first.daemon.home });
  const { status, body } = await rest(daemon.url, "GET", "/api/v1/agents");
  assert.deepEqual([status, body.error.code], [500, "STORE_ERROR"]);
  assert.match(body.error.message, /is damaged .*\.recover/);
  assert.match(await untilUnwell(daemon), /is damaged/);
  await assertRefusesAndStops(daemon, /is damaged .*: stop the daemon, keep a copy/);
});

test("a file system that fails a write: no retry, and the run may still have been stored", async (t) => {
  const { daemon, database, run } = await usedDaemon(t);
  const missing = limitFileSize(daemon.pid, statSync(`${database}-wal`).size);
  if (missing) return t.skip(missing);
  const { body } = await startRun(daemon);
  assert.equal(body.error.code, "STORE_ERROR");
  assert.equal(body.error.details.maybe_stored, true);
  assert.match(body.error.message, /the file system under \S+ fails .*: check the disk/);
  assert.match(await untilUnwell(daemon), /the file system under/);
  await assertRefusesAndStops(daemon, /the file system under \S+ fails/);
  await assertHas(t, daemon.home, run);
});

test("a full disk: BUSY while it lasts, work as before afterwards, and a stop in time", async (t) => {
  const home = tempHome(t);
  const missing = mountSmall(t, home, 8);
  if (missing) return t.skip(missing);
  const { daemon, run } = await usedDaemon(t, home);
  const free = fill(join(home, "filler"));
  const waiting = startRun(daemon);
  await rest(daemon.url, "GET", "/healthz");
  while ((await rest(daemon.url, "GET", "/healthz")).status === 200) await delay(20);
  const refused = await startRun(daemon);
  assert.deepEqual([refused.status, refused.body.error.code], [503, "BUSY"]);
  free();
  assert.equal((await waiting).body.status, "completed");
  assert.equal((await startRun(daemon)).body.status, "completed");

  fill(join(home, "filler"));
  const late = startRun(daemon);
  while ((await rest(daemon.url, "GET", "/healthz")).status === 200) await delay(20);
  await assertStops(daemon);
  const { body } = await late;
  assert.equal(body.error.code, "BUSY");
  assert.equal(body.error.details.maybe_stored, true);
  rmSync(join(home, "filler"));
  await assertHas(t, home, run);
  assert.ok(existsSync(join(home, "opcode.db")));
});
