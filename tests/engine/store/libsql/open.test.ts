// Whether a store opens in memory, fails loudly, and tells when its writer has died.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import Database from "libsql";
import type { OpcodeError } from "../../../../core/errors.ts";
import { openLibsqlStore } from "../../../../engine/store/libsql/open.ts";
import { event, eventId, handOver, run, uuid } from "../../../support/rows.ts";
import { scratch } from "../../../support/scratch.ts";

it("writes and reads a database in memory", async () => {
  const store = await openLibsqlStore({ path: ":memory:", durability: "full" });
  const rows = handOver({ creates: [run(1)], events: [event(1, 1)] });
  assert.deepEqual(await store.commit([rows]), [{ ok: true, eventIds: [eventId(1)] }]);
  assert.equal((await store.readRun(uuid(1), { events: 1 }))?.events.length, 1);
  await store.close();
});

it("rejects when the file cannot be opened", async (test) => {
  const path = join(scratch(test), "missing", "test.db");
  await assert.rejects(openLibsqlStore({ path, durability: "full" }), { code: "STORE_ERROR" });
});

it("leaves one file behind that holds everything", async (test) => {
  const directory = scratch(test);
  const store = await openLibsqlStore({ path: join(directory, "test.db"), durability: "full" });
  await store.commit([handOver({ creates: [run(1)] })]);
  await store.runByNo(1);
  await store.close();
  assert.deepEqual(readdirSync(directory), ["test.db"]);
});

it("has everything that was acknowledged after its threads were ended at once", async (test) => {
  const path = join(scratch(test), "test.db");
  const store = await openLibsqlStore({ path, durability: "full" });
  await store.commit([handOver({ creates: [run(1)], events: [event(1, 1)] })]);
  await store.crash();
  await assert.rejects(store.runByNo(1), { code: "STORE_ERROR" });
  const again = await openLibsqlStore({ path, durability: "full" });
  assert.equal((await again.readRun(uuid(1), { events: 9 }))?.events.length, 1);
  await again.close();
});

it("rejects what waits and what comes when its thread dies, and says so once", async () => {
  const source = `
    const { parentPort } = require("node:worker_threads");
    parentPort.on("message", () => { throw new Error("struck by lightning"); });
    parentPort.postMessage({ kind: "opened", opened: { lastEventId: 0, lastRunNo: 0 } });
  `;
  const told: OpcodeError[] = [];
  const store = await openLibsqlStore({
    path: ":memory:",
    durability: "full",
    script: { source },
    onFatal: (error) => told.push(error),
  });
  const failure = { code: "STORE_ERROR", message: /writer thread failed: struck by lightning/ };
  const waiting = [store.commit([handOver({})]), store.runByNo(1)];
  for (const one of waiting) await assert.rejects(one, failure);
  await assert.rejects(store.commit([handOver({})]), failure);
  await store.close();
  assert.equal(told.length, 1);
  assert.match(told[0]!.message, failure.message);
});

it("makes new files that can give pages back, and opens those that cannot", async (test) => {
  const mode = (path: string) => {
    const file = new Database(path, { readonly: true });
    const [row] = file.prepare("PRAGMA auto_vacuum").raw().all([]) as [[number]];
    file.close();
    return row[0];
  };
  const path = join(scratch(test), "test.db");
  await (await openLibsqlStore({ path, durability: "full" })).close();
  assert.equal(mode(path), 2);
  const older = join(scratch(test), "older.db");
  const file = new Database(older);
  file.exec("PRAGMA journal_mode = wal");
  file.exec(
    "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, " +
      "checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)",
  );
  file.close();
  const store = await openLibsqlStore({ path: older, durability: "full" });
  await store.commit([handOver({ creates: [run(1)] })]);
  await store.close();
  assert.equal(mode(older), 0);
});

it("is BUSY for what comes while it closes", async (test) => {
  const path = join(scratch(test), "test.db");
  const store = await openLibsqlStore({ path, durability: "normal" });
  const told: string[] = [];
  let count = 0;
  const ask = (promise: Promise<unknown>) =>
    promise.then(() => "ok", ({ code }: OpcodeError) => code).then((what) => void told.push(what));
  const commit = () => ask(store.commit([handOver({ creates: [run(++count)] })]));
  const asked = [commit(), commit()];
  let closed = false;
  const closing = store.close().then(() => closed = true);
  while (!closed) {
    asked.push(commit(), ask(store.runByNo(1)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closing;
  asked.push(commit());
  await Promise.all(asked);
  assert.deepEqual([...new Set(told)].sort(), ["BUSY", "ok"]);
  const again = await openLibsqlStore({ path, durability: "normal" });
  const stored = told.filter((what) => what === "ok").length;
  assert.ok(stored >= 2 && await again.runByNo(2) !== null);
  await again.close();
});
