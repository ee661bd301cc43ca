// What the vault's rows are where several nodes write them: each hears of what the others change, and no two have different keys.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test, type TestContext } from "node:test";
import { Keeper } from "../../../../engine/store/postgres/keeper.ts";
import { LOCK_NODES } from "../../../../engine/store/postgres/node.ts";
import { openPostgresStore } from "../../../../engine/store/postgres/open.ts";
import type { PostgresStore } from "../../../../engine/store/postgres/postgres-store.ts";
import { ConnectionLost, Session } from "../../../../engine/store/postgres/session.ts";
import { serverAddress } from "../../../../engine/store/postgres/url.ts";
import { emptyHandOver } from "../../../../engine/store/store.ts";
import { RunSecrets } from "../../../../engine/secrecy/run-secrets.ts";
import { Vault } from "../../../../engine/vault/vault.ts";
import { ManualClock } from "../../../support/mcp-clock.ts";
import { postgresDatabase, type TestDatabase } from "../../../support/postgres.ts";
import { handOver, run, uuid } from "../../../support/rows.ts";

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
  await b.close();
  await vault.rekey(OTHER_KEY);
  b = await open("b");
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

test("the key does not change while another node is alive, which is named", async () => {
  const [here, there] = [await vaultOf(a, KEY), await vaultOf(b, KEY)];
  await there.set("S", "value");
  await assert.rejects(here.rekey(OTHER_KEY), {
    code: "CONFLICT",
    message: new RegExp(`only while no other daemon .*: stop process ${process.pid} on .* first`),
  });
  await here.set("T", "under the key of both");
  await there.refresh();
  assert.equal(there.resolve("T"), "under the key of both");
  await b.close();
  assert.deepEqual(await here.rekey(OTHER_KEY), { secrets: 2 });
  b = await open("b");
  const late = await vaultOf(b);
  await assert.rejects(late.unlock(KEY), { code: "VAULT_ERROR" });
  await late.unlock(OTHER_KEY);
  assert.equal(late.resolve("S"), "value");
});

test("a node that was not heard of in time seals nothing more once the key has changed", async (t) => {
  const [here, there] = [await vaultOf(a, KEY), await vaultOf(b, KEY)];
  await b.commit([handOver({ creates: [run(1)] })]);
  // Its last sign of life was long ago: it may be back in a moment.
  await database.rows(
    "UPDATE nodes SET lease_until = clock_timestamp() - interval '1 minute' WHERE instance = 'b'",
  );
  // It may be the server that was away: then nobody is dead.
  await assert.rejects(here.rekey(OTHER_KEY), {
    code: "CONFLICT",
    message: /stop process \d+ on .* \(not heard of, and maybe dead\) first/,
  });
  t.mock.getter(Keeper.prototype, "judges", () => true);
  await here.rekey(OTHER_KEY);
  const late = { ...emptyHandOver(1), seals: [{ runNo: 1, slot: "s", blob: new Uint8Array(9) }] };
  await assert.rejects(b.commit([late]), { code: "STORE_ERROR", message: /has taken over/ });
  await assert.rejects(there.set("S", "value"), { code: "VAULT_ERROR" });
  assert.equal(there.state, "locked", "it has seen that it has not the key");
  assert.deepEqual(await database.rows("SELECT 1 FROM seals"), []);
});

test("no node comes to be while the key changes", async () => {
  const here = await vaultOf(a, KEY);
  await here.set("S", "value");
  await b.close();
  // Keeps the change from coming to its end: it waits for the row.
  const holder = await Session.open(serverAddress(database.url), "test");
  await holder.run("BEGIN; SELECT key FROM secrets FOR UPDATE");
  const done: string[] = [];
  const rekeyed = here.rekey(OTHER_KEY).then(() => done.push("rekeyed"));
  await waitsFor("SELECT key, value FROM secrets FOR UPDATE");
  const opened = open("b").then((store) => {
    done.push("opened");
    return store;
  });
  await waitsFor("pg_advisory_xact_lock");
  await holder.run("COMMIT");
  await holder.close();
  await rekeyed;
  b = await opened;
  assert.deepEqual(done, ["rekeyed", "opened"]);
  assert.equal((await vaultOf(b, OTHER_KEY)).resolve("S"), "value");
});

/** The next change of the key takes place, but its answer is lost, and no connection comes about until `back`. */
function lostAtCommit(t: TestContext): { back(): void } {
  const { open: connect, prototype } = Session;
  const send = prototype.run;
  let changing: Session | undefined;
  const cut = t.mock.method(prototype, "run", async function (this: Session, sql: string) {
    if (sql === LOCK_NODES) changing = this;
    const answer = await send.call(this, sql);
    if (sql !== "COMMIT" || this !== changing) return answer;
    cut.mock.restore();
    this.destroy();
    throw new ConnectionLost("cut");
  });
  const away = t.mock.method(Session, "open", () => Promise.reject(new ConnectionLost("away")));
  return {
    back() {
      away.mock.restore();
      assert.equal(Session.open, connect);
    },
  };
}

for (const isBack of ["at once", "later"]) {
  test(`a change of the key whose answer is lost counts before anything is sealed: back ${isBack}`, async (t) => {
    await b.close();
    const vault = await vaultOf(a, KEY);
    await vault.set("S", "value");
    await a.commit([handOver({ creates: [run(1)] })]);
    const lost = lostAtCommit(t);
    if (isBack === "at once") {
      lost.back();
      assert.deepEqual(await vault.rekey(OTHER_KEY), { secrets: 1 });
    } else {
      await assert.rejects(vault.rekey(OTHER_KEY), { code: "BUSY" });
      await assert.rejects(a.commit([handOver({ creates: [run(2)] })]), { code: "BUSY" });
      lost.back();
    }
    const secrets = new RunSecrets(vault, { runId: uuid(1) });
    await Promise.all([
      vault.set("T", "later"),
      a.commit([{ ...emptyHandOver(), seals: [secrets.seal(1, "slot", { of: "slot" })] }]),
    ]);
    b = await open("b");
    const next = await vaultOf(b, OTHER_KEY);
    assert.deepEqual(["S", "T"].map((name) => next.resolve(name)), ["value", "later"]);
    const { seals } = (await b.readRun(uuid(1), { events: 0, seals: true }))!;
    const stored = new RunSecrets(next, { runId: uuid(1), seals });
    assert.deepEqual(stored.sealed("slot")!.open(), { of: "slot" });
  });
}

/** Until a connection of a store waits for a lock in such a statement. */
async function waitsFor(statement: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const rows = await database.rows(
      `SELECT 1 FROM pg_stat_activity WHERE application_name = 'opcode' AND wait_event_type = 'Lock'
         AND datname = current_database() AND position('${statement}' IN query) > 0`,
    );
    if (rows.length > 0) return;
  }
  assert.fail(`nobody waits in ${statement}`);
}
