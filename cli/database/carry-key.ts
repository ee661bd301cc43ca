// How the key by which a daemon signs comes along with its data, so that links and sessions stay good.

import type { Transfer } from "../../engine/store/transfer.ts";
import { SESSION_KEY } from "../../server/own-keys.ts";
import { keepSessionKey, readSessionKey } from "../../server/session-key.ts";

/** To be called before the data can be used there: an end in between leaves a key that nothing is signed with. */
export async function carryKey(
  { from, to, home }: { from: Transfer; to: Transfer; home: string },
): Promise<void> {
  const key = from.keys ? await from.keys.read(SESSION_KEY) : keyOf(home);
  if (key === null) return;
  if (to.keys) await to.keys.write(SESSION_KEY, key);
  else keepSessionKey(home, key);
}

/** A broken one is none, as for a start. */
function keyOf(home: string): Uint8Array | null {
  try {
    return readSessionKey(home);
  } catch {
    return null;
  }
}
