// How an update ends: with the new version, or with all as it was before, data included.

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import Database from "libsql";
import { underLock, withDatabase } from "../../../cli/database.ts";
import { backupHere } from "../../../cli/snapshot.ts";
import { finish, type Finishing, recover, snapshotFile } from "../../../cli/update/finish.ts";
import { versionIn } from "../../../cli/update/stage.ts";
import { putInPlace } from "../../../cli/update/swap.ts";
import {
  type Journal,
  readJournal,
  workplaceOf,
  writeJournal,
} from "../../../cli/update/workplace.ts";
import { answersChallenge, newSecret } from "../../../server/proof.ts";
import { loadSettings } from "../../../server/settings/load.ts";
import { afterwards, tempHome } from "../../support/daemon.ts";
import { saying } from "../../support/releases.ts";

const [OLD, NEW] = ["v1.0.0", "v2.0.0"];

interface Scene extends Finishing {
  /** What the keeper was told, in order. */
  told: string[];
  settings: ReturnType<typeof loadSettings>;
  /** Rows that the data have. */
  rows(): string[];
}

/** A program of version 1 with its data, and one of version 2 that is prepared. `fails`: its daemon does not start. */
async function scene(
  t: TestContext,
  { restart = true, layouts = null, fails = false, onStart = () => {} }: {
    restart?: boolean;
    layouts?: Journal["layouts"];
    fails?: boolean;
    /** What a start of version 2 does to the data. */
    onStart?: (database: string) => void;
  },
): Promise<Scene> {
  const place = workplaceOf(join(tempHome(t), "opcode"));
  const home = tempHome(t);
  const env = { OPCODE_HOME: home };
  const settings = loadSettings({ env });
  writeFileSync(place.executable, saying(OLD!), { mode: 0o755 });
  mkdirSync(place.directory);
  writeFileSync(place.staged, saying(NEW!), { mode: 0o755 });
  await withDatabase(settings, (open) => Promise.resolve(open.keep()));
  const query = <T>(work: (database: Database.Database) => T) => {
    const database = new Database(settings.db_path);
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  query((database) =>
    database.exec("CREATE TABLE seen (what TEXT); INSERT INTO seen VALUES ('a')")
  );
  const snapshot = snapshotFile(home, NEW!);
  mkdirSync(join(home, "backups"));
  await backupHere(settings, snapshot);
  // Acknowledged after the snapshot: it must not be lost either.
  query((database) => database.exec("INSERT INTO seen VALUES ('b')"));
  const journal: Journal = { from: OLD!, to: NEW!, home, restart, snapshot, layouts };
  writeJournal(place, journal);
  const told: string[] = [];
  let daemon: Server | undefined;
  const close = async () => {
    daemon?.closeAllConnections();
    daemon?.close();
    daemon = undefined;
    rmSync(join(home, "daemon.json"), { force: true });
    await Promise.resolve();
  };
  afterwards(t, close);
  return {
    place,
    journal,
    env,
    told,
    settings,
    rows: () =>
      query((database) => database.prepare("SELECT what FROM seen").all([]) as { what: string }[])
        .map(({ what }) => what),
    keeper: {
      stop: async () => {
        told.push("stop");
        await close();
      },
      start: async () => {
        const version = versionIn(place.executable)!;
        told.push(`start ${version}`);
        if (version === NEW) {
          onStart(settings.db_path);
          if (fails) throw new Error("it has ended with status 3");
        }
        daemon = await fakeDaemon(home, version);
      },
    },
  };
}

async function fakeDaemon(home: string, version: string): Promise<Server> {
  const key = newSecret();
  const server = createServer((request, response) => {
    if (!answersChallenge(key, request, response)) {
      response.end(JSON.stringify({ status: "ok", version }));
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = { pid: process.pid, url, version, key };
  writeFileSync(join(home, "daemon.json"), JSON.stringify(file));
  return server;
}

/** As a newer program would leave the data. */
function newerLayout(database: string): void {
  const connection = new Database(database);
  connection.exec(
    "INSERT INTO schema_migrations VALUES (999, 'later', 'x', 0); INSERT INTO seen VALUES ('c')",
  );
  connection.close();
}

const isClean = ({ place }: Scene) => !existsSync(place.directory);

test("the daemon answers with the new version: the old file and the data of before are kept", async (t) => {
  const one = await scene(t, {});
  assert.deepEqual(await finish(one), { version: NEW, updated: true });
  assert.deepEqual(one.told, ["stop", `start ${NEW}`]);
  assert.equal(versionIn(one.place.executable), NEW);
  assert.equal(versionIn(one.place.previous), OLD);
  assert.ok(isClean(one));
  assert.deepEqual(readdirSync(join(one.journal.home, "backups")), [
    "before-v2.0.0.db",
    "before-v2.0.0.db.manifest.json",
  ]);
});

test("where no service runs it, only the file changes", async (t) => {
  const one = await scene(t, { restart: false });
  assert.deepEqual(await finish(one), { version: NEW, updated: true });
  assert.deepEqual(one.told, []);
  assert.equal(versionIn(one.place.executable), NEW);
});

test("it does not start: the old version is back, with the data as they are", async (t) => {
  const one = await scene(t, { fails: true });
  const outcome = await finish(one);
  assert.deepEqual(outcome, {
    version: OLD,
    updated: false,
    reason: "it has ended with status 3",
  });
  assert.deepEqual(one.told, ["stop", `start ${NEW}`, "stop", `start ${OLD}`]);
  assert.equal(versionIn(one.place.executable), OLD);
  assert.deepEqual(one.rows(), ["a", "b"]);
  assert.ok(isClean(one));
  assert.deepEqual(readdirSync(join(one.journal.home, "backups")), []);
});

test("it has changed the layout before it failed: the data of the moment of the stop are back", async (t) => {
  const layouts = { before: 20, after: 999 };
  const one = await scene(t, { fails: true, layouts, onStart: newerLayout });
  const { updated, aside } = await finish(one);
  assert.equal(updated, false);
  assert.deepEqual(one.rows(), ["a", "b"], "also what came after the first snapshot");
  const newer = new Database(aside!);
  assert.equal(newer.prepare("SELECT what FROM seen").all([]).length, 3);
  newer.close();
  assert.ok(isClean(one));
  await withDatabase(one.settings, () => Promise.resolve());
});

test("it failed before it had changed the layout: the data stay where they are", async (t) => {
  const one = await scene(t, { fails: true, layouts: { before: 20, after: 999 } });
  const outcome = await finish(one);
  assert.equal(outcome.updated, false);
  assert.ok(!("aside" in outcome));
  assert.deepEqual(one.rows(), ["a", "b"]);
});

test("what cannot be stopped or copied is left as it was, and runs", async (t) => {
  const one = await scene(t, { layouts: { before: 20, after: 21 } });
  await underLock(one.settings, async () => {
    await assert.rejects(finish(one), /in use by another opcode daemon/);
  });
  assert.deepEqual(one.told, ["stop", `start ${OLD}`]);
  assert.equal(versionIn(one.place.executable), OLD);
  assert.ok(isClean(one));
});

test("one that was killed is ended from where it was: before the swap, and after it", async (t) => {
  const before = await scene(t, {});
  assert.deepEqual(await recover(before), {
    version: OLD,
    updated: false,
    reason: "the update was killed before its end",
  });
  assert.deepEqual(before.told, [`start ${OLD}`]);
  assert.equal(versionIn(before.place.executable), OLD);
  assert.ok(isClean(before));

  const after = await scene(t, {});
  putInPlace(after.place);
  assert.deepEqual(await recover(after), { version: NEW, updated: true });
  assert.deepEqual(after.told, [`start ${NEW}`]);

  const failing = await scene(t, { fails: true });
  putInPlace(failing.place);
  assert.equal((await recover(failing)).updated, false);
  assert.equal(versionIn(failing.place.executable), OLD);
  assert.equal(readFileSync(failing.place.executable, "utf8"), saying(OLD!));
  assert.equal(readJournal(failing.place), undefined);
});
