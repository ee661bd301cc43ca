// Whether all nodes of a database have the same keys, whoever comes first, and however many come at once.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, test } from "node:test";
import { openPostgresStore } from "../../../../engine/store/postgres/open.ts";
import type { PostgresStore } from "../../../../engine/store/postgres/postgres-store.ts";
import { openTransfer } from "../../../../engine/store/postgres/transfer.ts";
import { serverAddress } from "../../../../engine/store/postgres/url.ts";
import { postgresDatabase, type TestDatabase } from "../../../support/postgres.ts";

let database: TestDatabase;
let stores: PostgresStore[];

const open = (instance: string) =>
  openPostgresStore({
    address: serverAddress(database.url),
    node: { instance, shared: true },
    durability: "full",
  });

beforeEach(async () => {
  database = await postgresDatabase();
  stores = await Promise.all(["a", "b", "c", "d"].map(open));
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  await database.remove();
});

const made = () => new Uint8Array(randomBytes(32));

test("those who come at once get the key of the first, and so does whoever comes later", async () => {
  const offered = stores.map(made);
  const got = await Promise.all(stores.map((store, i) => store.sharedKey("session", offered[i]!)));
  const [key] = got;
  assert.ok(offered.some((one) => Buffer.compare(one, key!) === 0));
  for (const one of got) assert.deepEqual(one, key);
  await stores.pop()!.close();
  stores.push(await open("e"));
  assert.deepEqual(await stores.at(-1)!.sharedKey("session", made()), key);
  assert.notDeepEqual(await stores[0]!.sharedKey("another", made()), key);
});

test("whoever moves the data reads and replaces them", async () => {
  const key = await stores[0]!.sharedKey("session", made());
  for (const store of stores.splice(0)) await store.close();
  const node = () => ({ instance: "mover", version: "test" });
  const transfer = await openTransfer({ address: serverAddress(database.url), node }, "target");
  try {
    assert.equal(await transfer.keys!.read("another"), null);
    assert.deepEqual(await transfer.keys!.read("session"), key);
    const other = made();
    await transfer.keys!.write("session", other);
    // It comes before the rows, which are begun with none.
    await transfer.begin({ source: "somewhere", stamp: "s" });
    assert.deepEqual(await transfer.keys!.read("session"), other);
  } finally {
    await transfer.close();
  }
});
