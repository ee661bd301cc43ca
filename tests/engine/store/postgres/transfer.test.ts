// Whether the data of a PostgreSQL server can be moved, and whoever else is at work on them keeps them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openPostgresStore } from "../../../../engine/store/postgres/open.ts";
import { openTransfer } from "../../../../engine/store/postgres/transfer.ts";
import { serverAddress } from "../../../../engine/store/postgres/url.ts";
import type { TransferUse } from "../../../../engine/store/transfer.ts";
import { postgresDatabase, type TestDatabase } from "../../../support/postgres.ts";
import { fillAllTables } from "../../../support/all-tables.ts";
import { transferSuite } from "../../../transfer-suite.ts";

function storeOf({ url }: TestDatabase, instance = "one", shared = false) {
  return openPostgresStore({
    address: serverAddress(url),
    node: { instance, shared },
    durability: "full",
    version: "7",
  });
}

function transferOf({ url }: TestDatabase, use: TransferUse, instance = "one") {
  const node = () => ({ instance, version: "7" });
  return openTransfer({ address: serverAddress(url), node }, use);
}

transferSuite("a database of a server that is moved", async () => {
  const database = await postgresDatabase();
  return {
    openStore: () => storeOf(database),
    open: (use) => transferOf(database, use),
    makeNewer: async () =>
      void await database.rows(
        "INSERT INTO schema_migrations (version, name, checksum) VALUES (1000, 'next', 'x')",
      ),
    remove: () => database.remove(),
  };
});

test("a daemon that is at work keeps its data, and is named", async (t) => {
  const database = await postgresDatabase();
  t.after(() => database.remove());
  const store = await storeOf(database);
  const looking = await transferOf(database, "look", "two");
  assert.deepEqual(await looking.workers(), [
    `process ${process.pid} on ${(await database.rows("SELECT host FROM nodes"))[0]!.host} (7)`,
  ]);
  await looking.close();
  for (const use of ["source", "target"] as const) {
    await assert.rejects(transferOf(database, use, "two"), /in use by another opcode daemon/);
  }
  await store.close();
});

test("nobody starts on data that are being moved, and whoever lost them writes nothing more", async (t) => {
  const database = await postgresDatabase();
  t.after(() => database.remove());
  const target = await transferOf(database, "target");
  await assert.rejects(storeOf(database, "two"), /in use by another opcode daemon/);
  // Nor one that would be one of many.
  await assert.rejects(storeOf(database, "two", true), /being moved by opcode db migrate/);
  await database.rows("DELETE FROM nodes");
  await assert.rejects(target.begin({ source: "s", stamp: "" }), /another node has taken over/);
  assert.equal((await target.facts()).half, null);
  await target.close();
});

test("all that is numbered goes on after the highest number, and a tree has its first run", async (t) => {
  const database = await postgresDatabase();
  t.after(() => database.remove());
  const store = await storeOf(database);
  await fillAllTables(store);
  await store.close();
  // As if the rows had come from elsewhere.
  await database.rows(
    `UPDATE runs SET parent_run_no = 1, root_run_no = 2 WHERE run_no = 2;
     ALTER SEQUENCE event_ids RESTART; ALTER SEQUENCE run_nos RESTART;
     ALTER TABLE decisions ALTER no RESTART; ALTER TABLE templates ALTER no RESTART;
     ALTER TABLE notices ALTER no RESTART`,
  );
  for (let i = 1; i <= 2; i++) {
    const target = await transferOf(database, "target");
    await database.rows("CREATE TABLE half_moved (source text, stamp text)");
    await target.finish();
    await target.close();
  }
  assert.deepEqual(await database.rows("SELECT root_run_no AS root FROM runs ORDER BY run_no"), [
    { root: 1 },
    { root: 1 },
  ]);
  const next = async (sequence: string) =>
    (await database.rows(`SELECT nextval(${sequence}) AS next`))[0]!.next;
  assert.deepEqual([
    await next("'event_ids'"),
    await next("'run_nos'"),
    await next("pg_get_serial_sequence('decisions', 'no')"),
    await next("pg_get_serial_sequence('templates', 'no')"),
    await next("pg_get_serial_sequence('notices', 'no')"),
  ], [704, 3, 3, 3, 3]);
});
