// Whether the store on a PostgreSQL server is a store.

import { randomUUID } from "node:crypto";
import { after, afterEach, before, beforeEach, describe } from "node:test";
import { openPostgresStore } from "../../../engine/store/postgres/open.ts";
import type { PostgresStore } from "../../../engine/store/postgres/postgres-store.ts";
import { serverAddress } from "../../../engine/store/postgres/url.ts";
import type { Store } from "../../../engine/store/store.ts";
import { storeSuite } from "../../store-suite.ts";
import { ownershipSuite } from "../../store-suite-ownership.ts";
import { writersSuite } from "../../store-suite-writers.ts";
import { postgresDatabase, type TestDatabase } from "../../support/postgres.ts";

let database: TestDatabase;
before(async () => {
  database = await postgresDatabase();
});
after(() => database.remove());

async function made(shared: boolean) {
  const instance = randomUUID();
  const open = (as = instance) =>
    openPostgresStore({
      address: serverAddress(database.url),
      node: { instance: as, shared },
      durability: "full",
    });
  const others: PostgresStore[] = [];
  let store = await open();
  return {
    store,
    async reopen() {
      await store.close();
      return store = await open();
    },
    async beside() {
      const other = await open(randomUUID());
      others.push(other);
      return other;
    },
    async dies(of: Store) {
      await (of as PostgresStore).crash();
      // Its time is over, and others have seen it.
      await database.rows(`DELETE FROM nodes WHERE instance = '${instance}'`);
    },
    async remove() {
      await Promise.all([store, ...others].map((one) => one.close()));
      await database.reset();
    },
  };
}

storeSuite("the PostgreSQL store", async () => {
  // Another is kept out.
  const { beside: _, ...alone } = await made(false);
  return alone;
});

describe("the PostgreSQL store of several nodes", () => {
  let stores: Awaited<ReturnType<typeof made>>;
  beforeEach(async () => {
    stores = await made(true);
  });
  afterEach(() => stores.remove());

  writersSuite(() => stores);
  ownershipSuite(() => stores);
});
