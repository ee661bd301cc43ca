// Whether a text is a secret, found out in a time that says nothing of either.

import { createHash, timingSafeEqual } from "node:crypto";

/** Digests have one length, so the comparison takes the same time whatever was given. */
export function sameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret));
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
