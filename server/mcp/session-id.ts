// What a session's id says, so that the daemon knows a session again that it no longer holds.

import { createHmac, timingSafeEqual } from "node:crypto";
import type { Caller } from "../callers.ts";

/** How long after its beginning a session that is not held can be opened again: 30 days. */
export const SESSION_LIFE_MS = 30 * 24 * 60 * 60 * 1000;

/** `RANDOM.REVISION.BEGAN.PROOF`: a UUID, a date, epoch milliseconds to base 36, base64url. */
const SHAPE = /^([0-9a-f-]{36})\.(\d{4}-\d\d-\d\d)\.([0-9a-z]{1,11})\.([\w-]{43})$/;

/**
 * Ids that only the holder of the key can make. Each names the revision that was agreed on, and its
 * proof covers whose token it was given to: nobody else's request can use it.
 */
export class SessionIds {
  readonly #key: Uint8Array;

  /** `key`: 32 secret bytes, the same after a restart. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** An id of a session that begins at `now` (epoch milliseconds). */
  issue(caller: Caller, version: string, now: number): string {
    const said = `${crypto.randomUUID()}.${version}.${Math.trunc(now).toString(36)}`;
    return `${said}.${this.#proof(said, caller).toString("base64url")}`;
  }

  /** The revision of an id that was given to this caller and has not expired by `now`. */
  read(id: string, caller: Caller, now: number): string | undefined {
    const [, random, version, began, proof] = SHAPE.exec(id) ?? [];
    if (proof === undefined) return undefined;
    const expected = this.#proof(`${random}.${version}.${began}`, caller);
    // As bytes, the last digit of base64 could be another one that means the same.
    const given = Buffer.from(proof);
    const wanted = Buffer.from(expected.toString("base64url"));
    if (!timingSafeEqual(given, wanted)) return undefined;
    return now - parseInt(began!, 36) > SESSION_LIFE_MS ? undefined : version;
  }

  #proof(said: string, { agent }: Caller): Buffer {
    const whole = JSON.stringify(["opcode mcp session", said, agent ?? null]);
    return createHmac("sha256", this.#key).update(whole).digest();
  }
}
