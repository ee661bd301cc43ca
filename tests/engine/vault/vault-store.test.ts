// That each store keeps the vault's rows, and that the embedded one leaves nothing of old values behind.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openLibsqlStore } from "../../../engine/store/libsql/open.ts";
import { openPostgresStore } from "../../../engine/store/postgres/open.ts";
import { serverAddress } from "../../../engine/store/postgres/url.ts";
import { systemClock } from "../../../core/clock.ts";
import { Vault } from "../../../engine/vault/vault.ts";
import { suiteCleanup, tempHome } from "../../support/daemon.ts";
import { MemoryVault } from "../../support/memory-vault.ts";
import { postgresDatabase } from "../../support/postgres.ts";
import { vaultStoreSuite } from "../../vault-store-suite.ts";

vaultStoreSuite("vault rows in memory", () => {
  const store = new MemoryVault();
  return Promise.resolve({
    store,
    reopen: () => Promise.resolve(store),
    remove: () => Promise.resolve(),
  });
});

const cleanup = suiteCleanup();

vaultStoreSuite("vault rows in libSQL", async () => {
  const path = join(tempHome(cleanup), "opcode.db");
  const open = () => openLibsqlStore({ path, durability: "normal" });
  let store = await open();
  return {
    store,
    async reopen() {
      await store.close();
      return store = await open();
    },
    remove: () => store.close(),
  };
});

vaultStoreSuite("vault rows on a PostgreSQL server", async () => {
  const database = await postgresDatabase();
  const open = () =>
    openPostgresStore({
      address: serverAddress(database.url),
      node: { instance: "one", shared: false },
      durability: "full",
    });
  let store = await open();
  return {
    store,
    async reopen() {
      await store.close();
      return store = await open();
    },
    async remove() {
      await store.close();
      await database.remove();
    },
  };
});

vaultStoreSuite("vault rows in libSQL without a file", async () => {
  const store = await openLibsqlStore({ path: ":memory:", durability: "normal" });
  return { store, reopen: () => Promise.resolve(store), remove: () => store.close() };
});

test("after a rekey no file holds what was under the former key", async (t) => {
  const home = tempHome(t);
  const store = await openLibsqlStore({ path: join(home, "opcode.db"), durability: "normal" });
  const vault = await Vault.read({ store, clock: systemClock });
  await vault.unlock(`hex:${"11".repeat(32)}`);
  await vault.set("A", "x".repeat(30_000));
  await vault.set("B", "short");
  const held = () => {
    const bytes = readdirSync(home).map((name) => readFileSync(join(home, name)));
    return (blob: Uint8Array) => bytes.some((file) => file.includes(blob.subarray(-20)));
  };
  const before = (await store.readVault()).secrets.map(({ value }) => value);
  assert.deepEqual(before.map(held()), [true, true]);
  await vault.rekey(`hex:${"22".repeat(32)}`);
  assert.deepEqual(before.map(held()), [false, false]);
  const now = (await store.readVault()).secrets.map(({ value }) => value);
  assert.deepEqual(now.map(held()), [true, true]);
  await store.close();
});
