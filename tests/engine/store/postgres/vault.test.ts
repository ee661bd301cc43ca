// What the vault's rows are where several nodes write them: each hears of what the others change.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { openPostgresStore } from "../../../../engine/store/postgres/open.ts";
import type { PostgresStore } from "../../../../engine/store/postgres/postgres-store.ts";
import { serverAddress } from "../../../../engine/store/postgres/url.ts";
import { Vault } from "../../../../engine/vault/vault.ts";
import { ManualClock } from "../../../support/mcp-clock.ts";
import { postgresDatabase, type TestDatabase } from "../../../support/postgres.ts";

const KEY = `hex:${"ab".repeat(32)}`;
const OTHER_KEY = `hex:${"cd".repeat(32)}`;

let database: TestDatabase;
let stores: PostgresStore[];
let a: PostgresStore;
let b: PostgresStore;

async function open(instance: string): Promise<PostgresStore> {
  const store = await openPostgresStore({
    address: serverAddress(database.url),
    node: { instance, shared: true },
    durability: "full",
  });
  stores.push(store);
  return store;
}

beforeEach(async () => {
  database = await postgresDatabase();
  stores = [];
  [a, b] = [await open("a"), await open("b")];
});
afterEach(async () => {
  for (const store of stores) await store.close();
  await database.remove();
});

async function vaultOf(store: PostgresStore, key?: string): Promise<Vault> {
  const vault = await Vault.read({ store, clock: new ManualClock() });
  if (key !== undefined) await vault.unlock(key);
  return vault;
}

test("each change of the vault is another revision, for whoever asks", async () => {
  const seen = new Set<number>();
  const differs = async () => {
    const revision = await b.vaultRevision!();
    assert.equal(await a.vaultRevision!(), revision);
    assert.ok(!seen.has(revision));
    seen.add(revision);
  };
  await differs();
  const vault = await vaultOf(a, KEY);
  await differs();
  for (const value of ["1", "2"]) {
    await vault.set("S", value);
    await differs();
  }
  await vault.delete("S");
  await differs();
  await vault.rekey(OTHER_KEY);
  await differs();
});

test("what one changes the other has once it looks, and reads nothing while nothing changes", async () => {
  const [here, there] = [await vaultOf(a, KEY), await vaultOf(b, KEY)];
  let reads = 0;
  const readVault = b.readVault.bind(b);
  b.readVault = () => {
    reads++;
    return readVault();
  };
  await here.set("S", "first");
  assert.equal(there.has("S"), false);
  await there.seek("S");
  assert.equal(there.resolve("S"), "first");
  assert.equal(there.seek("S"), null, "it is known");
  await here.set("S", "second");
  await there.refresh();
  assert.equal(there.resolve("S"), "second");
  assert.equal(reads, 2);
  await there.refresh();
  await there.seek("GONE");
  assert.equal(reads, 2);
  // Whoever changes something knows what others have changed.
  assert.deepEqual(await there.set("S", "third"), { created: false });
  await here.delete("S");
  await assert.rejects(there.delete("S"), { code: "NOT_FOUND" });
  assert.deepEqual(there.list(), []);
});

test("of two who make the vault at once one does, and the other has that one's key or none", async () => {
  const [here, there] = [await vaultOf(a), await vaultOf(b)];
  assert.deepEqual([here.state, there.state], ["new", "new"]);
  const outcomes = await Promise.allSettled([here.unlock(KEY), there.unlock(OTHER_KEY)]);
  const refused = outcomes.filter(({ status }) => status === "rejected");
  assert.equal(refused.length, 1);
  const { reason } = refused[0] as PromiseRejectedResult;
  assert.equal(reason.code, "VAULT_ERROR");
  assert.match(reason.message, /does not open the vault: it is not the one it has had since/);
  const [made, late] = outcomes[0]!.status === "fulfilled" ? [here, there] : [there, here];
  assert.deepEqual([made.state, late.state], ["unlocked", "locked"]);
  await made.set("S", "value");
  await late.unlock(made === here ? KEY : OTHER_KEY);
  assert.equal(late.resolve("S"), "value");
});

test("a vault that another has made is told as locked, and takes that key alone", async () => {
  const there = await vaultOf(b);
  await (await vaultOf(a, "a passphrase of hers")).set("S", "value");
  await there.refresh();
  assert.equal(there.state, "locked");
  await assert.rejects(there.unlock("a passphrase of his"), { code: "VAULT_ERROR" });
  await there.unlock("a passphrase of hers");
  assert.equal(there.resolve("S"), "value");
});
