// What a vault does with its key, its secrets, and those who ask for them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpcodeError } from "../../../core/errors.ts";
import { purposes, sealBlob } from "../../../engine/vault/blob.ts";
import { deriveKey, recipeFor } from "../../../engine/vault/key.ts";
import { legacyKey } from "../../../engine/vault/legacy.ts";
import { openVault } from "../../../engine/vault/open.ts";
import { Vault } from "../../../engine/vault/vault.ts";
import { createLogger, silentLogger } from "../../../core/log.ts";
import { ManualClock } from "../../support/mcp-clock.ts";
import { MemoryVault } from "../../support/memory-vault.ts";

// Raw keys need no derivation: these tests are about what a key opens.
const KEY = `hex:${"ab".repeat(32)}`;
const NEW_KEY = `hex:${"cd".repeat(32)}`;
const SECRET = "s3cret-value";

interface Made {
  store: MemoryVault;
  clock: ManualClock;
  vault: Vault;
}

async function makeVault(key: string | null = KEY, store = new MemoryVault()): Promise<Made> {
  const clock = new ManualClock();
  const vault = await Vault.read({ store, clock });
  if (key !== null) await vault.unlock(key);
  return { store, clock, vault };
}

test("a secret resolves to its value, whatever text that is", async () => {
  const { vault, store } = await makeVault();
  const pem = '-----BEGIN KEY-----\n"quoted" \\ Grüße 🌍\n-----END KEY-----\n';
  for (const value of [SECRET, "", pem, "x".repeat(64 * 1024)]) {
    await vault.set("A.b-1", value);
    assert.equal(vault.resolve("A.b-1"), value);
    const again = await makeVault(KEY, store);
    assert.equal(again.vault.resolve("A.b-1"), value);
  }
});

test("a secret is replaced, and keeps when it was made; names come in order", async () => {
  const { vault, clock } = await makeVault();
  assert.deepEqual(await vault.set("B", "1"), { created: true });
  clock.advance(1_000);
  assert.deepEqual(await vault.set("A", "1"), { created: true });
  assert.deepEqual(await vault.set("B", "2"), { created: false });
  assert.equal(vault.resolve("B"), "2");
  const at = (ms: number) => new Date(ms).toISOString();
  const now = clock.now();
  assert.deepEqual(vault.list(), [
    { name: "A", created_at: at(now), updated_at: at(now) },
    { name: "B", created_at: at(now - 1_000), updated_at: at(now) },
  ]);
});

test("a secret that is deleted is gone; one that is not there is NOT_FOUND", async () => {
  const { vault } = await makeVault();
  await vault.set("A", SECRET);
  await vault.delete("A");
  assert.deepEqual(vault.list(), []);
  await assert.rejects(vault.delete("A"), { code: "NOT_FOUND", message: /secret "A" not found/ });
});

test("a missing secret is an INTERPOLATION_ERROR caused by NOT_FOUND, and no retry helps", async () => {
  const { vault } = await makeVault();
  assert.throws(() => vault.resolve("GONE"), (error: OpcodeError) => {
    assert.equal(error.code, "INTERPOLATION_ERROR");
    assert.match(error.message, /^secrets\.GONE: there is no such secret/);
    assert.deepEqual(error.details, {
      key: "GONE",
      cause: { code: "NOT_FOUND", message: 'secret "GONE" not found' },
      retryable: false,
    });
    return true;
  });
});

test("a locked vault tells names, and neither opens, takes nor seals anything", async () => {
  const { store, vault: first } = await makeVault();
  await first.set("A", SECRET);
  const { vault } = await makeVault(null, store);
  assert.equal(vault.state, "locked");
  assert.deepEqual(vault.list().map(({ name }) => name), ["A"]);
  const refused = {
    code: "VAULT_ERROR",
    message: /the vault is locked(, and there is no such secret)?; unlock it/,
  };
  assert.throws(() => vault.resolve("A"), {
    ...refused,
    details: { key: "A", locked: true, retryable: false },
  });
  assert.throws(() => vault.resolve("NOT_THERE"), refused);
  assert.throws(() => vault.seal(new Uint8Array(1), "x"), refused);
  assert.throws(() => vault.open(new Uint8Array(40), "x"), {
    ...refused,
    message: /^a stored value with a secret in it: the vault is locked; unlock it/,
  });
  await assert.rejects(vault.set("A", "y"), refused);
  await assert.rejects(vault.rekey(NEW_KEY), refused);
  await vault.unlock(KEY);
  assert.equal(vault.resolve("A"), SECRET);
});

test("a wrong key is VAULT_ERROR, says nothing of the key, and changes nothing", async () => {
  const { store, vault: first } = await makeVault();
  await first.set("A", SECRET);
  const { vault } = await makeVault(null, store);
  for (const wrong of [NEW_KEY, "tr0ub4dor", ""]) {
    await assert.rejects(vault.unlock(wrong), (error: OpcodeError) => {
      assert.equal(error.code, "VAULT_ERROR");
      assert.equal(wrong !== "" && error.message.includes(wrong), false);
      return true;
    });
    assert.equal(vault.state, "locked");
  }
  await assert.rejects(first.unlock(NEW_KEY), { code: "VAULT_ERROR" });
  assert.equal(first.resolve("A"), SECRET);
});

test("a wrong passphrase is found out although nothing is stored yet", async () => {
  const { store } = await makeVault("the passphrase");
  await makeVault("the passphrase", store);
  await assert.rejects(makeVault("the passphrasf", store), {
    code: "VAULT_ERROR",
    message: /^the key does not open the vault/,
  });
});

test("a new passphrase has 12 characters, for a vault and for a rekey; those there are open", async () => {
  const short = {
    code: "VAULT_ERROR",
    message: "a new passphrase must have at least 12 characters",
  };
  for (const text of ["", "p", "elevenchars", "🌍".repeat(11)]) {
    await assert.rejects(makeVault(text), short, text);
    const { vault } = await makeVault();
    await assert.rejects(vault.rekey(text), short, text);
    assert.equal(vault.state, "unlocked");
  }
  await makeVault("twelve chars");
  await (await makeVault()).vault.rekey("🌍".repeat(12));

  const store = new MemoryVault();
  const recipe = recipeFor("p");
  const canary = sealBlob(await deriveKey("p", recipe), Buffer.from("any"), purposes.canary);
  await store.createVault({ ...recipe, canary, createdAt: 1, keyedAt: 1 });
  const { vault } = await makeVault("p", store);
  await vault.set("A", SECRET);
  assert.equal((await makeVault("p", store)).vault.resolve("A"), SECRET);
});

test("a start with a key that is too short for a new vault says where it is from", async () => {
  const key = { text: "p", from: "OPCODE_VAULT_KEY" };
  const opening = openVault({
    store: new MemoryVault(),
    clock: new ManualClock(),
    key,
    log: silentLogger,
  });
  await assert.rejects(opening, {
    message: "OPCODE_VAULT_KEY: a new passphrase must have at least 12 characters",
  });
});

test("two vaults of one passphrase have different keys", async () => {
  const [one, other] = [await makeVault("the same one"), await makeVault("the same one")];
  await one.vault.set("A", SECRET);
  other.store.secrets.set("A", one.store.secrets.get("A")!);
  const { vault } = await makeVault("the same one", other.store);
  assert.throws(() => vault.resolve("A"), { code: "VAULT_ERROR" });
});

test("a value moved to another name does not open, and is named at the start", async () => {
  const { store, vault: first } = await makeVault();
  await first.set("LOW", "public");
  await first.set("HIGH", SECRET);
  store.secrets.set("LOW", { ...store.secrets.get("HIGH")!, name: "LOW" });
  const lines: string[] = [];
  const log = createLogger({ level: "info", write: (line) => lines.push(line) });
  const vault = await openVault({
    store,
    clock: new ManualClock(),
    key: { text: KEY, from: "OPCODE_VAULT_KEY" },
    log,
  });
  assert.throws(() => vault.resolve("LOW"), {
    code: "VAULT_ERROR",
    message: /^secrets\.LOW: the stored value cannot be opened/,
    details: { key: "LOW", retryable: false },
  });
  assert.equal(vault.resolve("HIGH"), SECRET);
  assert.match(lines.join(""), /"broken":\["LOW"\]/);
  await assert.rejects(vault.rekey(NEW_KEY), { code: "VAULT_ERROR", message: /"LOW" cannot be/ });
  await vault.delete("LOW");
  await vault.rekey(NEW_KEY);
  assert.equal(vault.resolve("HIGH"), SECRET);
});

test("names and values that break their rule are refused without the value", async () => {
  const { vault } = await makeVault();
  for (
    const name of ["", "-a", ".a", "a b", "a/b", "a}}", "ä", "a\n", "x".repeat(129), "\0canary"]
  ) {
    await assert.rejects(vault.set(name, SECRET), (error: OpcodeError) => {
      assert.equal(error.code, "VALIDATION_ERROR");
      assert.match(error.message, /^name: must be 1–128 letters/);
      assert.equal(error.message.includes(SECRET), false);
      return true;
    });
  }
  const tooLong = "é".repeat(32 * 1024) + "x";
  await assert.rejects(vault.set("A", tooLong), {
    code: "VALIDATION_ERROR",
    message: "value: must be at most 65536 bytes, got 65537",
  });
  await assert.rejects(vault.set("A", "\ud800"), { message: "value: must be Unicode text" });
  for (const name of ["_", "0", "a.b-c_D", "x".repeat(128), "__proto__", "constructor"]) {
    await vault.set(name, name);
    assert.equal(vault.resolve(name), name);
  }
});

test("a rekey keeps every value, and only the new key opens them", async () => {
  const { store, vault } = await makeVault("old passphrase");
  await vault.set("A", SECRET);
  await vault.set("B", "");
  const before = store.meta!;
  assert.deepEqual(await vault.rekey("new passphrase"), { secrets: 2 });
  assert.deepEqual([vault.resolve("A"), vault.resolve("B")], [SECRET, ""]);
  assert.notDeepEqual(store.meta!.salt, before.salt);
  assert.equal(store.meta!.createdAt, before.createdAt);
  await assert.rejects(makeVault("old passphrase", store), { code: "VAULT_ERROR" });
  const again = await makeVault("new passphrase", store);
  assert.equal(again.vault.resolve("A"), SECRET);
  await again.vault.rekey(KEY);
  assert.equal((await makeVault(KEY, store)).vault.resolve("A"), SECRET);
});

test("a change that comes during a rekey is under the new key", async () => {
  const { store, vault } = await makeVault();
  await vault.set("A", SECRET);
  const [, replaced] = await Promise.all([
    vault.rekey(NEW_KEY),
    vault.set("B", "meanwhile"),
    vault.set("A", "other"),
  ]);
  assert.deepEqual(replaced, { created: true });
  const { vault: again } = await makeVault(NEW_KEY, store);
  assert.deepEqual([again.resolve("A"), again.resolve("B")], ["other", "meanwhile"]);
});

test("secrets of the first form open with their passphrase and take the present form", async () => {
  const blob = "000102030405060708090a0bad47caf5820304b42d33f852313edfd2d621764496";
  const legacy = () => {
    const store = new MemoryVault();
    const value = new Uint8Array(Buffer.from(blob, "hex"));
    store.secrets.set("OLD", { name: "OLD", value, createdAt: 5, updatedAt: 5 });
    return store;
  };
  await assert.rejects(makeVault("another passphrase", legacy()), { code: "VAULT_ERROR" });
  const store = legacy();
  const { vault } = await makeVault("test-passphrase", store);
  assert.equal(vault.resolve("OLD"), "hello");
  await vault.set("NEW", SECRET);
  const { vault: again } = await makeVault("test-passphrase", store);
  assert.deepEqual([again.resolve("OLD"), again.resolve("NEW")], ["hello", SECRET]);
  await again.rekey("another passphrase");
  assert.equal(store.secrets.get("OLD")!.value[0], 2);
  assert.equal((await makeVault("another passphrase", store)).vault.resolve("OLD"), "hello");

  const raw = legacy();
  const key = Buffer.from(await legacyKey("test-passphrase")).toString("hex");
  assert.equal((await makeVault(`hex:${key}`, raw)).vault.resolve("OLD"), "hello");
});

test("what is sealed opens where it belongs, and nowhere else", async () => {
  const { vault, store } = await makeVault();
  const plaintext = new Uint8Array(Buffer.from(SECRET));
  const blob = vault.seal(plaintext, "run 1, step a");
  assert.equal(Buffer.from(blob).includes(SECRET), false);
  assert.deepEqual(vault.open(blob, "run 1, step a"), plaintext);
  assert.throws(() => vault.open(blob, "run 1, step b"), { code: "VAULT_ERROR" });
  assert.throws(() => vault.open(blob.subarray(1), "run 1, step a"), { code: "VAULT_ERROR" });
  // A sealed value is no secret, even if somebody writes it into a row of one.
  store.secrets.set("A", { name: "A", value: blob, createdAt: 1, updatedAt: 1 });
  const { vault: again } = await makeVault(KEY, store);
  assert.throws(() => again.resolve("A"), { code: "VAULT_ERROR" });
});

test("what was sealed before a rekey opens as long as the daemon runs", async () => {
  const { vault } = await makeVault();
  const plaintext = new Uint8Array(Buffer.from(SECRET));
  const before = vault.seal(plaintext, "a");
  await Promise.all([vault.rekey(NEW_KEY), vault.rekey(KEY), vault.rekey(NEW_KEY)]);
  const after = vault.seal(plaintext, "a");
  assert.deepEqual([vault.open(before, "a"), vault.open(after, "a")], [plaintext, plaintext]);
});

test("the start says why the key is refused, and where it came from", async () => {
  const { store } = await makeVault();
  const open = openVault({
    store,
    clock: new ManualClock(),
    key: { text: NEW_KEY, from: "OPCODE_VAULT_KEY" },
    log: silentLogger,
  });
  await assert.rejects(open, {
    code: "VAULT_ERROR",
    message: /^OPCODE_VAULT_KEY: the key does not open the vault/,
  });
});

test("without a key the start warns and goes on", async () => {
  const lines: string[] = [];
  const log = createLogger({ level: "info", write: (line) => lines.push(line) });
  const options = { store: new MemoryVault(), clock: new ManualClock(), key: undefined, log };
  assert.equal((await openVault(options)).state, "new");
  assert.match(lines.join(""), /"level":"warn".*OPCODE_VAULT_KEY/i);
});
