// Whether a delivery comes from who has the secret, by each scheme: on the body as it came, in constant time.

import { createHmac, timingSafeEqual } from "node:crypto";
import type { HookScheme } from "../../core/hook-terms.ts";
import { sameSecret } from "../../core/same-secret.ts";

/** How far from now a signed time may be, ms, before or after: beyond it is a replay, or a wrong clock. */
export const WINDOW_MS = 5 * 60_000;
/** Signatures that one header may hold: while secrets are exchanged there are two. */
const MOST_SIGNATURES = 10;

/** What a scheme looks at. */
export interface Proof {
  /** By lower-case name; of a header that came several times the values, joined by ", ". */
  header(name: string): string | undefined;
  body: Uint8Array;
  /** Epoch ms. */
  now: number;
}

/** `mark`: what is the same only of the same delivery, where the scheme signs a time with the body. */
export type Verdict = { ok: true; mark?: string } | { ok: false; reason: string };

const NO_SIGNATURE: Verdict = { ok: false, reason: "no signature" };
const UNREADABLE: Verdict = { ok: false, reason: "a signature that cannot be read" };
const WRONG: Verdict = { ok: false, reason: "wrong signature" };

type Scheme = (secret: string, proof: Proof) => Verdict;

const SCHEMES: Record<Exclude<HookScheme, "none">, Scheme> = {
  "hmac-sha256": (secret, { header, body }) =>
    signed(secret, header("x-signature-256"), [body], /^(?:sha256=)?([0-9a-f]{64})$/i),
  github: (secret, { header, body }) =>
    signed(secret, header("x-hub-signature-256"), [body], /^sha256=([0-9a-f]{64})$/i),
  token(secret, { header }) {
    const bearer = /^Bearer +(\S+)$/i.exec(header("authorization") ?? "")?.[1];
    const given = header("x-webhook-token") ?? bearer;
    if (given === undefined) return { ok: false, reason: "no token" };
    return sameSecret(given, secret) ? { ok: true } : { ok: false, reason: "wrong token" };
  },
  stripe,
  slack,
};

export function verify(
  scheme: Exclude<HookScheme, "none">,
  secret: string,
  proof: Proof,
): Verdict {
  return SCHEMES[scheme](secret, proof);
}

/** One signature of these parts, as the form has it. */
function signed(
  secret: string,
  given: string | undefined,
  parts: (string | Uint8Array)[],
  form: RegExp,
): Verdict {
  if (given === undefined) return NO_SIGNATURE;
  const hex = form.exec(given)?.[1];
  if (hex === undefined) return UNREADABLE;
  return isSignature(hex, hmac(secret, parts)) ? { ok: true } : WRONG;
}

/** `Stripe-Signature: t=SECONDS,v1=HEX,…` of `t.body`; one right signature of several is enough. */
function stripe(secret: string, { header, body, now }: Proof): Verdict {
  const given = header("stripe-signature");
  if (given === undefined) return NO_SIGNATURE;
  const items = given.split(",").map((item) => item.trim().split("=", 2));
  const times = items.filter(([key]) => key === "t").map(([, value]) => value ?? "");
  const hexes = items.filter(([key]) => key === "v1").map(([, value]) => value ?? "");
  const isForm = times.length === 1 && isTime(times[0]!) && hexes.length > 0 &&
    hexes.length <= MOST_SIGNATURES && hexes.every((hex) => /^[0-9a-f]{64}$/i.test(hex));
  if (!isForm) return UNREADABLE;
  const expected = hmac(secret, [`${times[0]}.`, body]);
  // All are looked at: which of them was right is nobody's business.
  const right = hexes.filter((hex) => isSignature(hex, expected)).length;
  return right > 0 ? inTime(times[0]!, expected, now) : WRONG;
}

/** `X-Slack-Signature: v0=HEX` of `v0:X-Slack-Request-Timestamp:body`. */
function slack(secret: string, { header, body, now }: Proof): Verdict {
  const given = header("x-slack-signature");
  const time = header("x-slack-request-timestamp");
  if (given === undefined || time === undefined) return NO_SIGNATURE;
  const hex = /^v0=([0-9a-f]{64})$/i.exec(given)?.[1];
  if (hex === undefined || !isTime(time)) return UNREADABLE;
  const expected = hmac(secret, [`v0:${time}:`, body]);
  return isSignature(hex, expected) ? inTime(time, expected, now) : WRONG;
}

/** Seconds since 1970. */
function isTime(text: string): boolean {
  return /^[1-9]\d{0,11}$/.test(text);
}

/** Of a signature that is right: whether the time that it signs is now. */
function inTime(seconds: string, signature: Uint8Array, now: number): Verdict {
  const age = now - Number(seconds) * 1_000;
  if (Math.abs(age) > WINDOW_MS) {
    const far = `${Math.round(Math.abs(age) / 1_000)} s`;
    const reason = age > 0 ? `signed ${far} ago` : `signed for ${far} from now`;
    return { ok: false, reason: `${reason}: more than 5 minutes off` };
  }
  return { ok: true, mark: Buffer.from(signature).toString("hex") };
}

function hmac(secret: string, parts: (string | Uint8Array)[]): Uint8Array {
  const hash = createHmac("sha256", secret);
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** `hex`: as many digits as it has. */
function isSignature(hex: string, expected: Uint8Array): boolean {
  return timingSafeEqual(Buffer.from(hex, "hex"), expected);
}
