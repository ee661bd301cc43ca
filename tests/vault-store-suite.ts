// What every store must do for the vault, whatever it is built on.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { SecretRow, VaultMeta, VaultStore } from "../engine/store/vault-store.ts";
import { purposes, sealBlob } from "../engine/vault/blob.ts";
import { openSecret } from "../engine/vault/keyring.ts";

export interface VaultStoreUnderTest {
  store: VaultStore;
  /** Closes the store and opens what it has stored. */
  reopen(): Promise<VaultStore>;
  remove(): Promise<void>;
}

const OLD = new Uint8Array(32).fill(1);
const NEW = new Uint8Array(32).fill(2);
const RING = { key: OLD, legacy: null };

export function vaultStoreSuite(name: string, make: () => Promise<VaultStoreUnderTest>): void {
  describe(name, () => {
    let made: VaultStoreUnderTest;
    let store: VaultStore;

    beforeEach(async () => {
      made = await make();
      store = made.store;
    });
    afterEach(() => made.remove());

    it("has nothing at first", async () => {
      assert.deepEqual(await store.readVault(), { meta: null, secrets: [] });
    });

    it("answers what was stored, by name, also when it is opened again", async () => {
      const meta = metaOf({ salt: Uint8Array.of(1, 2, 3) });
      await store.createVault(meta);
      await store.putSecret(secret("b", 1));
      await store.putSecret(secret("a.b-c", 2));
      const stored = { meta, secrets: [secret("a.b-c", 2), secret("b", 1)] };
      assert.deepEqual(await store.readVault(), stored);
      assert.deepEqual(await (await made.reopen()).readVault(), stored);
    });

    it("takes a meta row without a salt", async () => {
      const meta = metaOf({ kdf: "raw", iterations: 0, salt: new Uint8Array() });
      await store.createVault(meta);
      assert.deepEqual((await store.readVault()).meta, meta);
    });

    it("keeps the vault that it has when another is made", async () => {
      const meta = metaOf({});
      assert.equal(await store.createVault(meta), true);
      assert.equal(
        await store.createVault(metaOf({ canary: Uint8Array.of(9), keyedAt: 9 })),
        false,
      );
      assert.deepEqual((await store.readVault()).meta, meta);
    });

    it("replaces a value and keeps when the secret was made", async () => {
      await store.putSecret(secret("a", 1));
      await store.putSecret({ ...secret("a", 9), value: Uint8Array.of(9) });
      const [row] = (await store.readVault()).secrets;
      assert.deepEqual(row, { name: "a", value: Uint8Array.of(9), createdAt: 1, updatedAt: 9 });
    });

    it("deletes", async () => {
      await store.putSecret(secret("a", 1));
      await store.putSecret(secret("b", 1));
      await store.deleteSecret("a");
      assert.deepEqual((await store.readVault()).secrets, [secret("b", 1)]);
    });

    it("puts everything under another key", async () => {
      await store.createVault(metaOf({}));
      for (const name of ["a", "b", "c"]) await store.putSecret(sealed(name));
      const meta = metaOf({ canary: Uint8Array.of(7), keyedAt: 8 });
      let adopted = 0;
      const change = { from: RING, to: NEW, meta };
      assert.equal(await store.rekey(change, () => adopted++), null);
      assert.equal(adopted, 1);
      const after = await store.readVault();
      assert.deepEqual(after.meta, meta);
      assert.deepEqual(
        after.secrets.map(({ name, value, createdAt, updatedAt }) => {
          assert.equal(openSecret(RING, name, value), null);
          const opened = openSecret({ key: NEW, legacy: null }, name, value);
          return [name, Buffer.from(opened!).toString(), createdAt, updatedAt];
        }),
        [["a", "value of a", 1, 2], ["b", "value of b", 1, 2], ["c", "value of c", 1, 2]],
      );
    });

    it("changes nothing when one value does not open", async () => {
      await store.createVault(metaOf({}));
      for (const name of ["a", "b", "c"]) await store.putSecret(sealed(name));
      await store.putSecret({ ...sealed("b"), value: sealed("a").value });
      const before = await store.readVault();
      const change = { from: RING, to: NEW, meta: metaOf({ keyedAt: 8 }) };
      const adopt = () => assert.fail("the old key stays");
      assert.equal(await store.rekey(change, adopt), "b");
      assert.deepEqual(await store.readVault(), before);
    });
  });
}

function metaOf(over: Partial<VaultMeta>): VaultMeta {
  return {
    kdf: "pbkdf2-sha256",
    iterations: 600_000,
    salt: new Uint8Array(16).fill(3),
    canary: Uint8Array.of(5, 6),
    createdAt: 3,
    keyedAt: 4,
    ...over,
  };
}

function secret(name: string, at: number): SecretRow {
  return { name, value: Uint8Array.of(0, 255, at), createdAt: at, updatedAt: at };
}

function sealed(name: string): SecretRow {
  const value = sealBlob(OLD, Buffer.from(`value of ${name}`), purposes.secret(name));
  return { name, value, createdAt: 1, updatedAt: 2 };
}
