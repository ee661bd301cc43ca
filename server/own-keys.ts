// Which keys sign what a daemon hands out: those of its store, if that keeps them for several, else of its data directory.

import { randomBytes } from "node:crypto";
import type { Logger } from "../core/log.ts";
import type { KeyStore } from "../engine/store/key-store.ts";
import { LinkTokens } from "./links/token.ts";
import { KEY_BYTES, sessionKey } from "./session-key.ts";

export interface OwnKeys {
  /** Of MCP sessions, of who is signed in to the panel, and of cursors. */
  session: Uint8Array;
  linkTokens: LinkTokens;
}

/** What the store calls the key that is `session.key` otherwise. */
export const SESSION_KEY = "session";

/** A key that is a file is read, or made, when it is first asked for. */
export async function ownKeys(
  store: KeyStore,
  { home, log }: { home: string; log: Logger },
): Promise<() => OwnKeys> {
  const shared = await store.sharedKey?.(SESSION_KEY, randomBytes(KEY_BYTES));
  let keys: OwnKeys | undefined;
  return () => {
    if (keys) return keys;
    const session = shared ?? sessionKey(home, log);
    return keys = { session, linkTokens: new LinkTokens(session) };
  };
}
