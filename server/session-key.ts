// Under which key a daemon signs what it hands out that has no other: one that outlives it, in its home.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "../core/log.ts";
import { replaceFile } from "./home-files.ts";

export const SESSION_KEY_FILE = "session.key";
export const KEY_BYTES = 32;

/**
 * The 32 bytes in `session.key` of the home, which is made when it is missing. One that cannot be read
 * is replaced and said: then clients of the daemon before must open their sessions anew, as without it.
 */
export function sessionKey(home: string, log: Logger): Uint8Array {
  const path = join(home, SESSION_KEY_FILE);
  try {
    const known = readSessionKey(home);
    if (known !== null) return known;
  } catch (error) {
    const { message } = error as Error;
    log.warn("MCP sessions end with this start", { path, error: message });
  }
  const key = randomBytes(KEY_BYTES);
  keepSessionKey(home, key);
  return key;
}

/** Null when there is no file; throws for one that cannot be read or has no key. */
export function readSessionKey(home: string): Uint8Array | null {
  let text: string;
  try {
    text = readFileSync(join(home, SESSION_KEY_FILE), "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Error(`${SESSION_KEY_FILE} holds no key`);
  return Buffer.from(text, "hex");
}

/** In the place of the one that there is. */
export function keepSessionKey(home: string, key: Uint8Array): void {
  replaceFile(join(home, SESSION_KEY_FILE), Buffer.from(key).toString("hex") + "\n");
}
