// Which keys open what a vault has stored: its own, and the one of its secrets of the first form.

import { openBlob, purposes } from "./blob.ts";
import { openLegacyBlob } from "./legacy.ts";

export interface Keyring {
  /** Encrypts all that is new. */
  key: Uint8Array;
  /** Only while there are secrets of the first form. */
  legacy: Uint8Array | null;
}

/** The bytes of a secret; null when no key of the ring opens it under this name. */
export function openSecret(ring: Keyring, name: string, blob: Uint8Array): Uint8Array | null {
  const opened = openBlob(ring.key, blob, purposes.secret(name));
  if (opened !== null || ring.legacy === null) return opened;
  return openLegacyBlob(ring.legacy, blob);
}
