// Whether the store on a PostgreSQL server is a store.

import { randomUUID } from "node:crypto";
import { after, before } from "node:test";
import { openPostgresStore } from "../../../engine/store/postgres/open.ts";
import type { PostgresStore } from "../../../engine/store/postgres/postgres-store.ts";
import { serverAddress } from "../../../engine/store/postgres/url.ts";
import { storeSuite } from "../../store-suite.ts";
import { postgresDatabase, type TestDatabase } from "../../support/postgres.ts";

let database: TestDatabase;
before(async () => {
  database = await postgresDatabase();
});
after(() => database.remove());

storeSuite("the PostgreSQL store", async () => {
  const instance = randomUUID();
  const open = (as = instance) =>
    openPostgresStore({
      address: serverAddress(database.url),
      node: { instance: as, shared: true },
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
    async remove() {
      await Promise.all([store, ...others].map((one) => one.close()));
      await database.reset();
    },
  };
});
