// Which agents are known, the last seen first.

import type { AgentRow } from "../../store.ts";
import type { Source } from "./source.ts";

const COLUMNS = "id, name, type, created_at AS createdAt, last_seen_at AS lastSeenAt";

export function agent(source: Source, id: string): AgentRow | null {
  const row = source.row(`SELECT ${COLUMNS} FROM agents WHERE id = ?`, [id]);
  if (row === undefined) return null;
  return row as AgentRow;
}

export function listAgents(source: Source, limit: number): AgentRow[] {
  return source.rows(
    `SELECT ${COLUMNS} FROM agents ORDER BY last_seen_at DESC, id LIMIT ?`,
    [limit],
  ) as AgentRow[];
}
