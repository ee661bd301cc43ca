// Which row a store has of an agent.

import type { AgentRow, Store } from "../../engine/store/store.ts";

/** Of the last thousand that were seen. */
export async function agentIn(store: Store, id: string): Promise<AgentRow | null> {
  const { rows } = await store.listAgents({ limit: 1_000 });
  return rows.find((row) => row.id === id) ?? null;
}
