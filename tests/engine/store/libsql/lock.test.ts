// Whether one process at a time owns a database, and what kill -9 leaves behind.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  linkSync,
  mkdirSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import Database from "libsql";
import { openLibsqlStore } from "../../../../engine/store/libsql/open.ts";
import { acquireLock, createProtectedCheck } from "../../../../engine/store/libsql/lock.ts";
import { uuid } from "../../../support/rows.ts";
import { scratch } from "../../../support/scratch.ts";

const HOLDER = fileURLToPath(new URL("./lock-holder.ts", import.meta.url));

/** Starts a process that takes the lock, and answers it with the lines it prints. */
function hold(test: TestContext, path: string) {
  const child = spawn(process.execPath, [HOLDER, path], { stdio: ["pipe", "pipe", "inherit"] });
  test.after(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, line: async () => (await lines.next()).value as string | undefined };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

it("keeps a second process out until the first is killed, and loses nothing acknowledged", async (test) => {
  const path = join(scratch(test), "test.db");
  const { child, line } = hold(test, path);
  assert.equal(await line(), "locked");
  assert.throws(() => acquireLock(path), {
    code: "CONFLICT",
    message: new RegExp(`in use by another opcode daemon, which holds .*test\\.db\\.lock`),
  });
  let acknowledged = 0;
  while (acknowledged < 20) acknowledged = Number(await line());
  assert.throws(() => acquireLock(path), { code: "CONFLICT" });
  await kill(child);
  for (let more = await line(); more !== undefined; more = await line()) {
    acknowledged = Number(more);
  }

  const lock = acquireLock(path);
  const store = await openLibsqlStore({ path, durability: "full" });
  for (let runNo = 1; runNo <= acknowledged; runNo++) {
    assert.equal((await store.runByNo(runNo))?.id, uuid(runNo));
  }
  await store.close();
  lock.release();
  const database = new Database(path);
  assert.deepEqual(database.prepare("PRAGMA integrity_check").raw().all([]), [["ok"]]);
  database.close();
});

it("is free again once it is released, and not before, within one process too", (test) => {
  const path = join(scratch(test), "test.db");
  const lock = acquireLock(path);
  assert.equal(lock.path, `${realpathSync(join(path, ".."))}/test.db.lock`);
  assert.equal(statSync(lock.path).mode & 0o777, 0o600);
  assert.throws(() => acquireLock(path), { code: "CONFLICT" });
  lock.release();
  acquireLock(path).release();
});

it("is one lock for all names of a database", (test) => {
  const directory = scratch(test);
  mkdirSync(join(directory, "real"));
  symlinkSync(join(directory, "real"), join(directory, "link"));
  writeFileSync(join(directory, "real", "test.db"), "");
  symlinkSync(join(directory, "real", "test.db"), join(directory, "alias.db"));
  const lock = acquireLock(join(directory, "real", "test.db"));
  assert.throws(() => acquireLock(join(directory, "link", "test.db")), { code: "CONFLICT" });
  assert.throws(() => acquireLock(join(directory, "alias.db")), { code: "CONFLICT" });
  lock.release();
});

it("needs no lock for a database in memory", () => {
  acquireLock(":memory:").release();
  assert.equal(existsSync(":memory:.lock"), false);
});

it("knows the database's files by device and inode, through links too", async (test) => {
  const directory = scratch(test);
  const path = join(directory, "test.db");
  const lock = acquireLock(path);
  const store = await openLibsqlStore({ path, durability: "full" });
  const isProtected = createProtectedCheck(path);
  const check = (file: string) => isProtected(statSync(file, { bigint: true }));
  for (const suffix of ["", "-wal", "-shm", ".lock"]) {
    assert.equal(check(path + suffix), true, suffix);
    const name = join(directory, `link${suffix}`);
    linkSync(path + suffix, name);
    assert.equal(check(name), true, `a link to ${suffix}`);
  }
  writeFileSync(join(directory, "other"), "");
  assert.equal(check(join(directory, "other")), false);
  assert.equal(check(directory), false);
  await store.close();
  lock.release();
});
