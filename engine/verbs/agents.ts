// Which agents have used this engine, and what each has.

import { rfc3339 } from "../../core/clock.ts";
import type { AgentPage, AgentReply } from "../api.ts";
import { MOST_ROWS } from "../contract/query.ts";
import { pageLimit } from "../page-limit.ts";
import type { Store } from "../store/store.ts";
import { standing } from "./stats.ts";

/** The last seen first, those never seen last; `limit` is a number from 1 to 1,000, or its text. */
export async function listAgents(store: Store, page: AgentPage): Promise<AgentReply> {
  const limit = pageLimit(page.limit, { initial: MOST_ROWS });
  const { rows, next } = await store.listAgents({ limit, cursor: page.cursor });
  const agents = rows.map(({ id, name, type, createdAt, lastSeenAt, tallies }) => ({
    id,
    name,
    type,
    created_at: rfc3339(createdAt),
    ...(lastSeenAt !== null && { last_seen_at: rfc3339(lastSeenAt) }),
    ...standing(tallies),
  }));
  return { agents, ...(next !== null && { next_cursor: next }) };
}
