// How keys that all nodes have the same of are kept in rows.

import type { Session } from "./session.ts";

/** The first who comes makes it; whoever comes at once waits for that one's row. */
export async function sharedKey(
  session: Session,
  name: string,
  made: Uint8Array,
): Promise<Uint8Array> {
  await session.ask(
    "INSERT INTO shared_keys (name, key) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
    [name, Buffer.from(made)],
  );
  return (await readKey(session, name))!;
}

export async function readKey(session: Session, name: string): Promise<Uint8Array | null> {
  const [row] = await session.rows("SELECT key FROM shared_keys WHERE name = $1", [name]);
  return row === undefined ? null : new Uint8Array(row.key);
}

export async function writeKey(session: Session, name: string, key: Uint8Array): Promise<void> {
  await session.ask(
    `INSERT INTO shared_keys (name, key) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET key = excluded.key`,
    [name, Buffer.from(key)],
  );
}
