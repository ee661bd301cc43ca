// Whether `opcode db` moves all that a daemon has to a server and back, so that everything goes on there, and refuses what it must.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { JsonObject } from "../../core/json.ts";
import { openLibsqlStore } from "../../engine/store/libsql/open.ts";
import { openTransfer } from "../../engine/store/libsql/transfer.ts";
import { MOVED } from "../../engine/store/transfer.ts";
import { cliCommand, runCli } from "../support/cli.ts";
import { type Cleanup, spawnDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { fillStore } from "../support/filled-store.ts";
import { postgresDatabase, type TestDatabase } from "../support/postgres.ts";
import { Rest } from "../support/rest.ts";
import { allRows } from "../transfer-suite.ts";

const KEY = `hex:${"ab".repeat(32)}`;
const VALUE = "a-value-that-nobody-sees";
const KILLS = Number(process.env.KILLS ?? 4);

const fileOf = (home: string) => join(home, "opcode.db");
/** Of a home whose data are in its file, whatever kind of store the tests run on. */
const onFile = (home: string) => ({
  OPCODE_HOME: home,
  OPCODE_DB_PATH: fileOf(home),
  OPCODE_VAULT_KEY: KEY,
});
const onServer = (home: string, { url }: TestDatabase) => ({
  OPCODE_HOME: home,
  OPCODE_STORE_URL: url,
  OPCODE_VAULT_KEY: KEY,
});

async function database(t: Cleanup): Promise<TestDatabase> {
  const made = await postgresDatabase();
  t.after(() => made.remove());
  return made;
}

async function contentsOf(file: string): Promise<Record<string, unknown>> {
  const transfer = openTransfer(file, "look", 0);
  const tables: Record<string, unknown> = {};
  for (const table of MOVED) tables[table.name] = await allRows(transfer, table);
  await transfer.close();
  return tables;
}

/** A file with so many ended runs. */
async function filled(file: string, runs: number): Promise<void> {
  const store = await openLibsqlStore({ path: file, durability: "normal" });
  await fillStore(store, { runs, events: 20, from: 1e12, to: 1e12 + 1e9 });
  await store.close();
}

async function until(what: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !await what(); tries++) {
    assert.ok(tries < 600, "it did not come to be within a minute");
    await delay(100);
  }
}

test("a waiting run, a timer, a schedule and a secret go on where they were moved, and come back", {
  timeout: 240_000,
}, async (t) => {
  const server = await database(t);
  const home = tempHome(t);
  const daemon = await spawnDaemon(t, { home, env: onFile(home) });
  const rest = new Rest(daemon.url);
  const env = onFile(home);
  const set = await runCli(["secret", "set", "TOKEN"], { env, input: VALUE });
  assert.equal(set.code, 0, set.stderr);
  const use = {
    id: "use",
    action: "assert.equals",
    params: { actual: "${{secrets.TOKEN}}", expected: VALUE },
  };
  const define = async (name: string, steps: JsonObject[]) =>
    await rest.post("/api/v1/templates", {
      name,
      agent_id: "a",
      definition: { steps } as JsonObject,
    });
  const config = { prompt_context: "go on?", options: [{ id: "yes" }, { id: "no" }] };
  await define("ask", [
    { id: "ask", type: "reasoning", config },
    { ...use, depends_on: ["ask"] },
  ]);
  await define("sleep", [{ id: "sleep", type: "wait", config: { duration: "12s" } }]);
  await define("tick", [{ id: "tick", action: "crypto.uuid" }]);
  const start = async (template_name: string) =>
    (await rest.post("/api/v1/runs", { template_name, agent_id: "a", wait_ms: 100 })).workflow_id;
  const [asked, slept] = [await start("ask"), await start("sleep")];
  const cron = { name: "yearly", template_name: "tick", cron: "0 0 1 1 *", agent_id: "a" };
  await rest.post("/api/v1/schedules", cron);
  const atWork = await runCli(["db", "migrate", "--to", server.url], { env });
  assert.equal(atWork.code, 1);
  assert.match(atWork.stderr, /in use by another opcode daemon.*; this ends it first: .* stop$/m);
  const busy = JSON.parse((await runCli(["db", "status", "--json"], { env })).stdout);
  assert.deepEqual([busy.setting, busy.rows.runs, busy.at_work.length], ["db_path", 2, 1]);
  await rest.destroy();
  await daemon.stop();

  const planned = await runCli(["db", "migrate", "--to", server.url, "--dry-run", "--json"], {
    env,
  });
  const { dry_run, rows, bytes, to } = JSON.parse(planned.stdout);
  assert.deepEqual([dry_run, rows.runs, rows.templates, rows.secrets], [true, 2, 3, 1]);
  assert.ok(bytes > 1_000);
  assert.equal(to, server.url);
  assert.deepEqual(await server.rows("SELECT relname FROM pg_class WHERE relname = 'runs'"), []);
  const moved = await runCli(["db", "migrate", "--to", server.url], { env });
  assert.equal(moved.code, 0, moved.stderr);
  assert.match(
    moved.stdout,
    /^moved \d+ rows from .*opcode\.db to postgres:.*, and is the same\n$/,
  );
  assert.match(moved.stderr, /^now set store_url to postgres:.*, and db_path no more: /);

  const status = await runCli(["db", "status"], { env: onServer(home, server) });
  assert.match(status.stdout, /^store_url: postgres:.*\nlayout 1, .*\nnobody is at work on it\n/);
  // As if a year had passed.
  const now = Date.now();
  await server.rows(`UPDATE schedules SET next_at = ${now};
    UPDATE timers SET due_at = ${now} WHERE run_no = 0 AND key LIKE 'schedule:%'`);
  const keyFile = join(home, "session.key");
  const key = readFileSync(keyFile, "utf8").trim();
  const kept = await server.rows("SELECT name, encode(key, 'hex') AS key FROM shared_keys");
  assert.deepEqual(kept.map(({ name, key }) => [name, key]), [["session", key]]);
  rmSync(keyFile);
  const second = await spawnDaemon(t, { home, env: onServer(home, server) });
  const there = new Rest(second.url);
  const statusOf = async (id: unknown) => (await there.get(`/api/v1/runs/${id}`)).status;
  await until(async () => {
    const { runs } = await there.get("/api/v1/runs?status=completed");
    return (runs as JsonObject[]).some(({ template_name }) => template_name === "tick");
  });
  assert.equal(await statusOf(asked), "suspended");
  const yes = { signal_type: "decision", step_id: "ask", payload: { choice: "yes" } };
  await there.post(`/api/v1/runs/${asked}/signal`, { ...yes, agent_id: "a" });
  await until(async () => await statusOf(asked) === "completed");
  await until(async () => await statusOf(slept) === "completed");
  const { runs } = await there.get("/api/v1/runs");
  await there.destroy();
  await second.stop();

  const back = join(tempHome(t), "new", "back.db");
  const returned = await runCli(["db", "migrate", "--to", back], { env: onServer(home, server) });
  assert.equal(returned.code, 0, returned.stderr);
  assert.match(returned.stderr, /^now set db_path to .*back\.db, and store_url no more: /);
  assert.equal(readFileSync(keyFile, "utf8").trim(), key, "what was signed with it stays good");
  const third = await spawnDaemon(t, { home, env: { ...onFile(home), OPCODE_DB_PATH: back } });
  const again = new Rest(third.url);
  assert.deepEqual((await again.get("/api/v1/runs")).runs, runs);
  await again.destroy();
});

describe("a migration that is killed", () => {
  const cleanup = suiteCleanup();
  const RUNS = 1_500;
  let full = "";
  before(async () => {
    full = fileOf(tempHome(cleanup));
    await filled(full, RUNS);
  });

  /** Kills the command each time that so many rows more are there. */
  async function killed(
    args: string[],
    { env, rows, there }: {
      env: Record<string, string>;
      rows: number;
      there: () => Promise<number>;
    },
  ): Promise<void> {
    const { command, args: argv, env: all } = cliCommand(args, env);
    const child = spawn(command, argv, { env: all, stdio: "ignore" });
    const gone = once(child, "close");
    let ended = false;
    void gone.then(() => ended = true);
    while (!ended && await there() < rows) await delay(5);
    assert.ok(!ended, "it was through before it was killed");
    child.kill("SIGKILL");
    await gone;
  }

  test("goes on where it was, and nobody can use what is there before it is through", {
    timeout: 240_000,
  }, async (t) => {
    const server = await database(t);
    const home = tempHome(t);
    copyFileSync(full, fileOf(home));
    const count = async (): Promise<number> => {
      const [found] = await server.rows("SELECT to_regclass('half_moved') IS NOT NULL AS there");
      if (found!.there !== 1) return 0;
      const sql = "SELECT (SELECT count(*) FROM steps) + (SELECT count(*) FROM events) AS count";
      return (await server.rows(sql))[0]!.count;
    };
    const migrate = ["db", "migrate", "--to", server.url];
    const all = RUNS * 29;
    for (let kill = 1; kill <= KILLS; kill++) {
      const rows = Math.floor(all * 0.9 * kill / KILLS);
      await killed(migrate, { env: onFile(home), rows, there: count });
      assert.ok(await count() >= rows);
      const status = await runCli(["db", "status"], { env: onServer(tempHome(t), server) });
      assert.match(status.stdout, /a migration of .*opcode\.db on .* is half done/);
    }
    // The dead process counts as alive until its lease is over.
    await delay(10_500);
    await assert.rejects(
      spawnDaemon(t, { env: onServer(tempHome(t), server) }),
      /only a part of those of .*opcode\.db on .*go on with/,
    );
    const other = tempHome(t);
    await filled(fileOf(other), 3);
    const foreign = await runCli(migrate, { env: onFile(other) });
    assert.equal(foreign.code, 1);
    assert.match(foreign.stderr, /has a part of the data of .*opcode\.db on .*: go on with that/);
    const last = await runCli([...migrate, "--json"], { env: onFile(home) });
    assert.equal(last.code, 0, last.stderr);
    const { resumed, rows } = JSON.parse(last.stdout);
    assert.deepEqual([resumed, rows.runs, rows.events], [true, RUNS, RUNS * 20]);

    const back = join(home, "back.db");
    const returning = ["db", "migrate", "--to", back];
    const env = onServer(home, server);
    const size = () => Promise.resolve(existsSync(back) ? readFileSync(back).length : 0);
    await killed(returning, { env, rows: 2_000_000, there: size });
    const opened = await runCli(["prune", "--dry-run"], {
      env: { OPCODE_HOME: home, OPCODE_DB_PATH: back },
    });
    assert.match(opened.stderr, /only a part of those of the database .*go on with/);
    assert.equal((await runCli(returning, { env })).code, 0);
    assert.deepEqual(await contentsOf(back), await contentsOf(full));
  });
});

test("what cannot be moved is refused with one sentence, and nothing is changed", {
  timeout: 120_000,
}, async (t) => {
  const server = await database(t);
  const home = tempHome(t);
  await filled(fileOf(home), 2);
  const was = readdirSync(home);
  const refused = async (args: string[], code: number, message: RegExp, env = onFile(home)) => {
    const found = await runCli(["db", ...args], { env });
    assert.equal(found.code, code, found.stderr);
    assert.match(found.stderr, message);
    assert.equal(found.stderr.trim().split("\n").length, 1, found.stderr);
    assert.equal(found.stdout, "");
    if (env.OPCODE_HOME === home) assert.deepEqual(readdirSync(home), was);
  };
  const to = (place: string) => ["migrate", "--to", place];
  await refused(["migrate"], 2, /--to says where the data go/);
  await refused(["move"], 2, /db move: the verbs are status and migrate/);
  await refused(["status", "--dry-run"], 2, /--dry-run: is only of db migrate/);
  await refused(to("mysql://a@b/c"), 2, /--to: must be a postgres:.* URL, or the path of a file/);
  await refused(to(":memory:"), 2, /or the path of a file/);
  await refused(to("other.db"), 2, /are in a file already, which opcode backup copies/);
  await refused(
    to("postgres://opcode@localhost/x?hots=1"),
    2,
    /--to has an unknown parameter, hots/,
  );
  const nowhere = new URL(server.url);
  nowhere.pathname = "/nowhere";
  await refused(to(nowhere.href), 1, /database "nowhere" does not exist.*: create the database/);
  const empty = tempHome(t);
  await refused(to(server.url), 1, /there are no data to move/, onFile(empty));
  assert.deepEqual(readdirSync(empty), []);

  const wrong = await runCli(["db", ...to("postgres://opcode:pass@127.0.0.1:1/x")], {
    env: onFile(home),
  });
  assert.match(wrong.stderr, /ECONNREFUSED.*correct host and port in --to/);
  assert.match(wrong.stderr, /^warning: --to: everybody .* can read its password/);
  assert.ok(!wrong.stderr.includes("pass@"));
  const absent = ["--password-file", join(home, "none")];
  await refused([...to(server.url), ...absent], 2, /--password-file: .*none cannot be read/);

  await server.rows("CREATE TABLE runs (id int)");
  await refused(to(server.url), 1, /has a table runs that is not opcode's/);
  assert.deepEqual(await server.rows("SELECT * FROM runs"), []);
  await server.rows("DROP TABLE runs");
  const daemon = await spawnDaemon(t, { home: empty, env: onServer(empty, server) });
  await refused(to(server.url), 1, /has data already|in use by another opcode daemon/);
  await daemon.stop();
  await server.rows("INSERT INTO agents VALUES ('x', 'x', 'llm', 1, 1)");
  await refused(
    to(server.url),
    1,
    /has data already, which stay as they are: name a place that is/,
  );
  await server.rows("INSERT INTO schema_migrations VALUES (1000, 'next', 'x')");
  await refused(to(server.url), 1, /layout version 1000 .*: use a newer opcode/);

  const file = join(tempHome(t), "no.db");
  writeFileSync(file, "this is no database, and longer than a header of one has to be".repeat(9));
  const occupied = await database(t);
  const other = tempHome(t);
  mkdirSync(other, { recursive: true });
  await filled(fileOf(other), 2);
  const env = onFile(other);
  assert.equal((await runCli(["db", ...to(occupied.url)], { env })).code, 0);
  await refused(to(file), 1, /is no SQLite database/, onServer(other, occupied) as never);
});
