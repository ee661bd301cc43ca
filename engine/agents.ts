// Which agents have used this engine.

import { rfc3339 } from "../core/clock.ts";
import type { AgentReport } from "./api.ts";
import type { Store } from "./store/store.ts";

const MOST_AGENTS = 1_000;

/** The last seen first, those never seen last. */
export async function listAgents(store: Store): Promise<AgentReport[]> {
  const rows = await store.listAgents(MOST_AGENTS);
  return rows.map(({ id, name, type, createdAt, lastSeenAt }) => ({
    id,
    name,
    type,
    created_at: rfc3339(createdAt),
    ...(lastSeenAt !== null && { last_seen_at: rfc3339(lastSeenAt) }),
  }));
}
