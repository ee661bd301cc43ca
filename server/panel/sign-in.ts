// How a browser stays signed in: a cookie that proves that somebody had the daemon's token, for a time.

import { createHmac } from "node:crypto";
import { sameSecret } from "../../core/same-secret.ts";

const NAME = "opcode_panel";
/** Hexadecimal digits of the name that are the daemon's: browsers tell hosts apart, not ports. */
const OWN_DIGITS = 16;
/** How long it lasts, ms. */
const LASTS_MS = 7 * 24 * 3_600_000;

export class SignIn {
  readonly #key: Buffer;
  readonly #name: string;

  /** `key`: the daemon's own, which outlives it; a new token ends what was signed in with the old one. */
  constructor(key: Uint8Array, token: string) {
    this.#key = createHmac("sha256", key).update(`panel ${token}`).digest();
    const own = createHmac("sha256", key).update("panel cookie").digest("hex");
    const digits = own.slice(0, OWN_DIGITS);
    this.#name = `${NAME}_${digits}`;
  }

  /** The value of Set-Cookie for who has given the token. `secure`: only over TLS. */
  cookie(now: number, { secure }: { secure: boolean }): string {
    const until = String(now + LASTS_MS);
    const value = `${until}.${this.#proof(until)}`;
    return `${this.#name}=${value}; ${ALONE}; Max-Age=${LASTS_MS / 1_000}${
      secure ? "; Secure" : ""
    }`;
  }

  /** The value of Set-Cookie that takes it away. */
  get none(): string {
    return `${this.#name}=; ${ALONE}; Max-Age=0`;
  }

  /** Whether a Cookie header has one that still holds. */
  holds(header: string | undefined, now: number): boolean {
    const form = new RegExp(`(?:^|; )${this.#name}=(\\d{13})\\.([0-9a-f]{64})(?:;|$)`);
    const found = form.exec(header ?? "");
    if (!found) return false;
    const [, until, proof] = found as unknown as [string, string, string];
    return sameSecret(proof, this.#proof(until)) && Number(until) > now;
  }

  #proof(until: string): string {
    return createHmac("sha256", this.#key).update(until).digest("hex");
  }
}

/** No script reads it, and no other site's page sends it. */
const ALONE = "Path=/; HttpOnly; SameSite=Strict";
