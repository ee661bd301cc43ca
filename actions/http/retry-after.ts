// When a server that cannot answer now wants to be asked again.

import type { Json, JsonObject } from "../../core/json.ts";

/** Statuses that speak of the moment, not of the request; all from 500 on do too. */
const PASSING: readonly number[] = [408, 425, 429];

/** Whether another attempt may be answered better. */
export function mayPass(status: number): boolean {
  return status >= 500 || PASSING.includes(status);
}

/**
 * `{retry_after_ms}` from `Retry-After` (RFC 9110, 10.2.3): seconds, or a date, which is read against
 * the `Date` of the same answer where there is one, so that a clock which is wrong does no harm; never
 * below 0. Nothing where the header is missing or neither.
 */
export function retryAfter(headers: Json | undefined, now: number): { retry_after_ms?: number } {
  const { "Retry-After": wanted, Date: sent } = (headers ?? {}) as JsonObject;
  if (typeof wanted !== "string") return {};
  const text = wanted.trim();
  if (/^\d{1,12}$/.test(text)) return { retry_after_ms: Number(text) * 1_000 };
  // A date has a name of a day; what else Date.parse takes was not meant as one.
  const at = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : NaN;
  const from = typeof sent === "string" ? Date.parse(sent) : NaN;
  if (Number.isNaN(at)) return {};
  return { retry_after_ms: Math.max(0, at - (Number.isNaN(from) ? now : from)) };
}
