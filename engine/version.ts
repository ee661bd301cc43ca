// How template versions are written: `v2`, `2`, `latest`, or nothing for the latest.

import { faultAt } from "../core/fault-at.ts";
import { quoted } from "../core/text.ts";

/** The version's number; null for the latest. VALIDATION_ERROR for anything else. */
export function parseVersion(text: string | undefined): number | null {
  if (text === undefined || text === "" || text.toLowerCase() === "latest") return null;
  const digits = /^v?([1-9]\d{0,8})$/i.exec(text);
  if (!digits) {
    throw faultAt("version", `must be like "v2", "2" or "latest", not ${quoted(text)}`);
  }
  return Number(digits[1]);
}

export function formatVersion(version: number): string {
  return `v${version}`;
}
