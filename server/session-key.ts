// Under which key the ids of MCP sessions are signed: one that outlives the daemon, in its home.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "../core/log.ts";
import { replaceFile } from "./home-files.ts";

export const SESSION_KEY_FILE = "session.key";

/**
 * The 32 bytes in `session.key` of the home, which is made when it is missing. One that cannot be read
 * is replaced and said: then clients of the daemon before must open their sessions anew, as without it.
 */
export function sessionKey(home: string, log: Logger): Uint8Array {
  const path = join(home, SESSION_KEY_FILE);
  let text: string | undefined;
  try {
    text = readFileSync(path, "utf8").trim();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") log.warn("MCP sessions end with this start", { path, error: message });
  }
  if (text !== undefined && /^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, "hex");
  if (text !== undefined) {
    log.warn("MCP sessions end with this start: not a key", { path });
  }
  const key = randomBytes(32);
  replaceFile(path, key.toString("hex") + "\n");
  return key;
}
