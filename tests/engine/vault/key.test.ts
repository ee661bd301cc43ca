// How a vault's key comes from text, and which texts and recipes are refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deriveKey, newRecipe, type Recipe } from "../../../engine/vault/key.ts";

const hex = (key: Uint8Array) => Buffer.from(key).toString("hex");
const pbkdf2 = (over: Partial<Recipe> = {}): Recipe => ({
  kdf: "pbkdf2-sha256",
  iterations: 100_000,
  salt: Buffer.from("opcode-vault-salt"),
  ...over,
});

test("a new vault has 600,000 iterations and a random salt of 16 bytes", () => {
  const [one, other] = [newRecipe("test-passphrase"), newRecipe("test-passphrase")];
  assert.equal(one.kdf, "pbkdf2-sha256");
  assert.equal(one.iterations, 600_000);
  assert.equal(one.salt.length, 16);
  assert.notDeepEqual(one.salt, other.salt);
});

test("a passphrase is derived by PBKDF2-HMAC-SHA256", async () => {
  assert.equal(
    hex(await deriveKey("test-passphrase", pbkdf2())),
    "2a0f412928d2a7d978e7c99faac1d6420abca32bc6603c6b2976864c2f8f3536",
  );
  assert.notEqual(
    hex(await deriveKey("test-passphrasf", pbkdf2())),
    hex(await deriveKey("test-passphrase", pbkdf2())),
  );
});

test("a raw key is taken as it is, in hex or base64", async () => {
  const bytes = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7));
  for (const text of [`hex:${bytes.toString("hex")}`, `base64:${bytes.toString("base64")}`]) {
    const recipe = newRecipe(text);
    assert.deepEqual([recipe.kdf, recipe.iterations, recipe.salt.length], ["raw", 0, 0]);
    assert.equal(hex(await deriveKey(text, recipe)), bytes.toString("hex"));
  }
});

test("what is no key is refused, and is not repeated in the message", async () => {
  const raw: Recipe = { kdf: "raw", iterations: 0, salt: new Uint8Array() };
  for (
    const [text, recipe, rule] of [
      ["", pbkdf2(), /must not be empty/],
      ["passphrase", raw, /not a passphrase, but hex:… or base64:… of 32 bytes/],
      ["hex:abcd", raw, /begins with hex: must be 32 bytes/],
      [`hex:${"g".repeat(64)}`, raw, /begins with hex: must be 32 bytes/],
      ["base64:c2hvcnQ=", raw, /begins with base64: must be 32 bytes/],
    ] as const
  ) {
    await assert.rejects(deriveKey(text, recipe), { code: "VAULT_ERROR", message: rule });
  }
  assert.throws(() => newRecipe("hex:abcd"), { code: "VAULT_ERROR" });
  await assert.rejects(
    deriveKey("hex:feedfeed", raw),
    (error: Error) => !error.message.includes("feed"),
  );
});

test("a recipe that is weaker than ours ever was, or endless, is refused", async () => {
  for (
    const [over, rule] of [
      [{ iterations: 99_999 }, /99999 iterations, which is refused/],
      [{ iterations: 1e9 }, /iterations, which is refused/],
      [{ kdf: "md5" as never }, /asks for md5/],
      [{ salt: new Uint8Array(15) }, /salt has 15 bytes/],
    ] as const
  ) {
    await assert.rejects(deriveKey("p", pbkdf2(over)), { code: "VAULT_ERROR", message: rule });
  }
});
