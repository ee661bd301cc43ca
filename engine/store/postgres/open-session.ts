// How a connection of the store is made: what is acknowledged on it is on the server's disk.

import { Session } from "./session.ts";
import type { ServerAddress } from "./url.ts";

/** Rejects with the error of the server or of the network. */
export async function openSession(address: ServerAddress): Promise<Session> {
  const session = await Session.open(address, "opcode");
  // Whatever the server does for others.
  await session.run("SET synchronous_commit = on");
  return session;
}
