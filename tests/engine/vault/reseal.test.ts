// Whether what is resealed opens under the new key alone, and only where it belongs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../../../engine/secrecy/sealed.ts";
import { openBlob, purposes, sealBlob } from "../../../engine/vault/blob.ts";
import { resealer } from "../../../engine/vault/reseal.ts";

const [from, to] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const reseal = resealer({ from: { key: from, legacy: null }, to });
const bytes = (text: string) => new TextEncoder().encode(text);

test("a secret opens under the new key and its name, and nothing else", () => {
  const blob = sealBlob(from, bytes("hush"), purposes.secret("A"));
  const again = reseal.secret("A", blob)!;
  assert.deepEqual(openBlob(to, again, purposes.secret("A")), bytes("hush"));
  assert.equal(openBlob(to, again, purposes.secret("B")), null);
  assert.equal(openBlob(from, again, purposes.secret("A")), null);
  assert.equal(reseal.secret("B", blob), null, "under another name");
  assert.equal(reseal.secret("A", again), null, "under another key");
});

test("a run's value opens under the new key in its slot", () => {
  const purpose = purposes.sealed(placeOf("run", "params"));
  const blob = sealBlob(from, bytes("hush"), purpose);
  const again = reseal.sealed({ runId: "run", slot: "params" }, blob)!;
  assert.deepEqual(openBlob(to, again, purpose), bytes("hush"));
  assert.equal(reseal.sealed({ runId: "run", slot: "context" }, blob), null);
});
