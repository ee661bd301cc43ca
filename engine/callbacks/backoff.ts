// When a callback that was not taken is sent again, and when no more.

import { createHash } from "node:crypto";

/** How long after the first attempt it is given up, ms. */
export const GIVE_UP_MS = 24 * 3_600_000;
const FIRST_MS = 5_000;
const LAST_MS = 3_600_000;
/** What of a delay may be more or less than it, so that many do not come at once. */
const JITTER = 0.2;

/**
 * Milliseconds until the next attempt after so many (1 on): twice as long each time, up to an hour, a
 * fifth more or less; longer where the receiver asks for it, up to an hour. Always the same for the same
 * callback.
 */
export function delayAfter(id: string, attempts: number, askedMs = 0): number {
  const delay = Math.min(FIRST_MS * 2 ** (attempts - 1), LAST_MS);
  const hash = createHash("sha256").update(`${id} ${attempts}`).digest();
  const share = hash.readUInt32BE(0) / 2 ** 32;
  const jittered = Math.round(delay * (1 + JITTER * (2 * share - 1)));
  return Math.max(jittered, Math.min(askedMs, LAST_MS));
}
