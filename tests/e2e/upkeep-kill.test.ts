// Whether a kill in the middle of a sweep, a backup or a restore loses anything.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { before, describe, it } from "node:test";
import Database from "libsql";
import { manifestPath } from "../../engine/backup/manifest.ts";
import { openLibsqlStore } from "../../engine/store/libsql/open.ts";
import { cliCommand, runCli } from "../support/cli.ts";
import { spawnDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { fillStore } from "../support/filled-store.ts";
import { Rest } from "../support/rest.ts";
import { aboutFiles } from "../support/store-env.ts";

aboutFiles();

const RUNS = 3_000;
const EVENTS = 20;
const DAY = 24 * 3_600_000;
const KEEP = { OPCODE_RETENTION_TERMINAL: "off", OPCODE_RETENTION_MAX_RUNS: "0" };

const database = (home: string) => join(home, "opcode.db");

/** The first value of a query. */
function asked(file: string, sql: string): unknown {
  const connection = new Database(file);
  try {
    return Object.values(connection.prepare(sql).all([])[0] as object)[0];
  } finally {
    connection.close();
  }
}

function assertWhole(file: string): void {
  assert.equal(asked(file, "PRAGMA integrity_check"), "ok");
  const stray = (table: string, field = "run_no") =>
    asked(file, `SELECT count(*) FROM ${table} WHERE ${field} NOT IN (SELECT run_no FROM runs)`);
  assert.deepEqual([stray("events"), stray("steps")], [0, 0]);
}

describe("a kill in the middle", () => {
  const cleanup = suiteCleanup();
  let full = "";
  before(async () => {
    full = database(tempHome(cleanup));
    const store = await openLibsqlStore({ path: full, durability: "normal" });
    const now = Date.now();
    await fillStore(store, { runs: RUNS, events: EVENTS, from: now - 60 * DAY, to: now });
    await store.close();
  });

  const filledHome = (t: Parameters<typeof tempHome>[0]) => {
    const home = tempHome(t);
    copyFileSync(full, database(home));
    return home;
  };

  it("of a sweep leaves every run whole or gone, and the next one goes on", async (t) => {
    const home = filledHome(t);
    const file = database(home);
    const older = `SELECT count(*) FROM runs WHERE completed_at < ${Date.now() - 30 * DAY}`;
    const young = `SELECT count(*) FROM events e JOIN runs r ON r.run_no = e.run_no
      WHERE r.completed_at >= ${Date.now() - 29 * DAY}`;
    const kept = asked(file, young);
    const counts = [asked(file, older) as number];
    for (const ms of [150, 400, 800]) {
      const daemon = await spawnDaemon(t, { home, env: KEEP });
      const rest = new Rest(daemon.url);
      const pruning = rest.post("/api/v1/prune", { older_than: "30d" }).catch(() => {});
      await delay(ms);
      await daemon.kill();
      await rest.destroy();
      await pruning;
      assertWhole(file);
      assert.equal(asked(file, young), kept);
      counts.push(asked(file, older) as number);
    }
    assert.deepEqual(counts, counts.toSorted((a, b) => b - a));
    const daemon = await spawnDaemon(t, { home, env: KEEP });
    const rest = new Rest(daemon.url);
    t.after(() => rest.destroy());
    await rest.post("/api/v1/prune", { older_than: "30d" });
    // What referred to a run of an earlier page is gone by now.
    await rest.post("/api/v1/prune", { older_than: "30d" });
    await daemon.stop();
    assertWhole(file);
    const left = asked(
      file,
      `${older} AND id NOT IN (SELECT json_extract(forked_from, '$.workflow_id') FROM runs
        WHERE forked_from IS NOT NULL)
       AND run_no NOT IN (SELECT parent_run_no FROM runs WHERE parent_run_no IS NOT NULL)
       AND parent_run_no IS NULL`,
    );
    assert.equal(left, 0);
    assert.equal(asked(file, young), kept);
    t.diagnostic(`older runs after each kill: ${counts.join(", ")}`);
  });

  it("of a backup leaves no file under its name, and the next one is made", async (t) => {
    const home = filledHome(t);
    const into = tempHome(t);
    const file = join(into, "copy.db");
    let made = 0;
    for (const ms of [20, 100, 250, 500, 900]) {
      const daemon = await spawnDaemon(t, { home, env: KEEP });
      const rest = new Rest(daemon.url);
      const backup = rest.post("/api/v1/backup", { file }).catch(() => {});
      await delay(ms);
      await daemon.kill();
      await rest.destroy();
      await backup;
      assertWhole(database(home));
      if (!existsSync(file)) continue;
      made++;
      assert.ok(existsSync(manifestPath(file)), "what has its name has its manifest");
      assert.equal(asked(file, "SELECT count(*) FROM runs"), RUNS);
      rmSync(file);
    }
    const env = { OPCODE_HOME: home };
    const again = await runCli(["backup", file], { env });
    assert.equal(again.code, 0, again.stderr);
    const checked = await runCli(["restore", "--check", file], { env });
    assert.equal(checked.code, 0, checked.stderr);
    assert.deepEqual(readdirSync(into).sort(), ["copy.db", "copy.db.manifest.json"]);
    t.diagnostic(`${made} of 5 were through before the kill`);
  });

  it("of a restore leaves the data of before or those of the backup", async (t) => {
    const source = filledHome(t);
    const file = join(tempHome(t), "copy.db");
    const made = await runCli(["backup", file], { env: { OPCODE_HOME: source } });
    assert.equal(made.code, 0, made.stderr);
    const home = tempHome(t);
    const daemon = await spawnDaemon(t, { home });
    await daemon.kill();
    const found: unknown[] = [];
    for (const ms of [100, 250, 320, 400, 500, 650]) {
      const { command, args, env } = cliCommand(["restore", file, "--force"], {
        OPCODE_HOME: home,
      });
      const child = spawn(command, args, { env, stdio: "ignore" });
      const gone = once(child, "close");
      await delay(ms);
      child.kill("SIGKILL");
      await gone;
      const runs = asked(database(home), "SELECT count(*) FROM runs");
      assert.ok(runs === 0 || runs === RUNS, `${runs}`);
      found.push(runs);
      assertWhole(database(home));
    }
    const last = await runCli(["restore", file, "--force"], { env: { OPCODE_HOME: home } });
    assert.equal(last.code, 0, last.stderr);
    assert.equal(asked(database(home), "SELECT count(*) FROM runs"), RUNS);
    assertWhole(database(home));
    const left = readdirSync(home).filter((name) => name.includes(".restoring"));
    assert.deepEqual(left, []);
    for (const name of readdirSync(home).filter((name) => /\.before-[^-]*$/.test(name))) {
      assertWhole(join(home, name));
    }
    t.diagnostic(`runs after each kill: ${found.join(", ")}`);
  });
});
