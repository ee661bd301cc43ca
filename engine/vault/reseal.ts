// How what is encrypted under one key comes under another, wherever its rows are kept.

import { placeOf } from "../secrecy/sealed.ts";
import type { Rekey } from "../store/vault-store.ts";
import { openBlob, purposes, sealBlob } from "./blob.ts";
import { openSecret } from "./keyring.ts";

export interface Resealer {
  /** The secret under the new key; null when no former key opens it under this name. */
  secret(name: string, blob: Uint8Array): Uint8Array | null;
  /** A sealed value of a run under the new key; null when the former key does not open it there. */
  sealed(place: { runId: string; slot: string }, blob: Uint8Array): Uint8Array | null;
}

export function resealer({ from, to }: Pick<Rekey, "from" | "to">): Resealer {
  const sealed = (plaintext: Uint8Array | null, purpose: string) =>
    plaintext && sealBlob(to, plaintext, purpose);
  return {
    secret: (name, blob) => sealed(openSecret(from, name, blob), purposes.secret(name)),
    sealed({ runId, slot }, blob) {
      const purpose = purposes.sealed(placeOf(runId, slot));
      return sealed(openBlob(from.key, blob, purpose), purpose);
    },
  };
}
