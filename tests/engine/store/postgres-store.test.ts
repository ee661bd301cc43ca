// Whether the store on a PostgreSQL server is a store.

import { randomUUID } from "node:crypto";
import { after, afterEach, before, beforeEach, describe } from "node:test";
import { openPostgresStore } from "../../../engine/store/postgres/open.ts";
import type { PostgresStore } from "../../../engine/store/postgres/postgres-store.ts";
import { serverAddress } from "../../../engine/store/postgres/url.ts";
import type { Store } from "../../../engine/store/store.ts";
import { storeSuite } from "../../store-suite.ts";
import { ownershipSuite } from "../../store-suite-ownership.ts";
import { limitSuite } from "../../store-suite-limits.ts";
import { writersSuite } from "../../store-suite-writers.ts";
import { postgresDatabase, type TestDatabase } from "../../support/postgres.ts";

let database: TestDatabase;
before(async () => {
  database = await postgresDatabase();
});
after(() => database.remove());

async function made(shared: boolean) {
  const instances = new Map<Store, string>();
  const open = async (instance: string) => {
    const opened = await openPostgresStore({
      address: serverAddress(database.url),
      node: { instance, shared },
      durability: "full",
    });
    instances.set(opened, instance);
    return opened;
  };
  /** Its time is over, and others have seen it. */
  const isGivenUp = async (of: Store) => {
    await database.rows(`DELETE FROM nodes WHERE instance = '${instances.get(of)}'`);
  };
  const others: PostgresStore[] = [];
  let store = await open(randomUUID());
  return {
    store,
    async reopen() {
      await store.close();
      return store = await open(instances.get(store)!);
    },
    async crash() {
      await store.crash();
      return store = await open(instances.get(store)!);
    },
    async beside() {
      const other = await open(randomUUID());
      others.push(other);
      return other;
    },
    async again() {
      const other = await open(instances.get(store)!);
      others.push(other);
      return other;
    },
    async dies(of: Store) {
      await (of as PostgresStore).crash();
      await isGivenUp(of);
    },
    isGivenUp,
    async remove() {
      await Promise.all([store, ...others].map((one) => one.close()));
      await database.reset();
    },
  };
}

storeSuite("the PostgreSQL store", async () => {
  // Another is kept out.
  const { beside: _, again: __, ...alone } = await made(false);
  return alone;
});

describe("the PostgreSQL store of several nodes", () => {
  let stores: Awaited<ReturnType<typeof made>>;
  beforeEach(async () => {
    stores = await made(true);
  });
  afterEach(() => stores.remove());

  writersSuite(() => stores);
  limitSuite(() => stores);
  ownershipSuite(() => stores);
});
