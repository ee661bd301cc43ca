// That an encrypted value opens with its key and for its purpose alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openBlob, purposes, sealBlob } from "../../../engine/vault/blob.ts";
import { legacyKey, openLegacyBlob } from "../../../engine/vault/legacy.ts";
import { openSecret } from "../../../engine/vault/keyring.ts";

const KEY = new Uint8Array(32).fill(7);
const OTHER = new Uint8Array(32).fill(8);
const bytes = (text: string) => new Uint8Array(Buffer.from(text));

/** Passphrase `test-passphrase`, the old fixed salt, nonce 00…0b, plaintext `hello`. */
const LEGACY_KEY = "2a0f412928d2a7d978e7c99faac1d6420abca32bc6603c6b2976864c2f8f3536";
const LEGACY_BLOB = "000102030405060708090a0bad47caf5820304b42d33f852313edfd2d621764496";

test("the vector of the first form opens", async () => {
  const key = await legacyKey("test-passphrase");
  assert.equal(Buffer.from(key).toString("hex"), LEGACY_KEY);
  const blob = Buffer.from(LEGACY_BLOB, "hex");
  assert.deepEqual(openLegacyBlob(key, blob), bytes("hello"));
  assert.deepEqual(openSecret({ key: KEY, legacy: key }, "ANY", blob), bytes("hello"));
  assert.equal(openSecret({ key: KEY, legacy: null }, "ANY", blob), null);
});

test("a blob is version, nonce, ciphertext and tag, and opens again", () => {
  for (const text of ["", "hello", "Grüße 🌍\n\0", "x".repeat(100_000)]) {
    const blob = sealBlob(KEY, bytes(text), purposes.secret("A"));
    assert.equal(blob[0], 2);
    assert.equal(blob.length, 1 + 12 + bytes(text).length + 16);
    assert.deepEqual(openBlob(KEY, blob, purposes.secret("A")), bytes(text));
  }
});

test("the same plaintext is another blob each time", () => {
  const made = Array.from({ length: 100 }, () => sealBlob(KEY, bytes("same"), "A"));
  assert.equal(new Set(made.map((blob) => Buffer.from(blob).toString("hex"))).size, 100);
});

test("another key, name or purpose does not open it", () => {
  const blob = sealBlob(KEY, bytes("hello"), purposes.secret("A"));
  assert.equal(openBlob(OTHER, blob, purposes.secret("A")), null);
  assert.equal(openBlob(KEY, blob, purposes.secret("B")), null);
  assert.equal(openBlob(KEY, blob, purposes.sealed("A")), null);
  assert.equal(openBlob(KEY, blob, purposes.canary), null);
});

test("no changed, cut or stripped byte goes unnoticed", () => {
  const blob = sealBlob(KEY, bytes("hello"), purposes.secret("A"));
  for (let at = 0; at < blob.length; at++) {
    const changed = blob.slice();
    changed[at]! ^= 1;
    assert.equal(openBlob(KEY, changed, "A"), null, `byte ${at}`);
    assert.equal(openBlob(KEY, blob.subarray(0, at), "A"), null, `first ${at} bytes`);
  }
  // Nobody turns a value of this form into one of the first form, which is bound to no name.
  const ring = { key: KEY, legacy: KEY };
  assert.equal(openSecret(ring, "A", blob.subarray(1)), null);
});

test("a value of the first form opens whatever its first byte is", () => {
  const body = Buffer.from(LEGACY_BLOB, "hex");
  const key = Buffer.from(LEGACY_KEY, "hex");
  // Cut short, as version 2, and empty: none of it opens, none of it throws.
  for (const broken of [body.subarray(0, 27), Buffer.concat([Buffer.of(2), body]), Buffer.of()]) {
    assert.equal(openSecret({ key: KEY, legacy: key }, "A", broken), null);
  }
});
