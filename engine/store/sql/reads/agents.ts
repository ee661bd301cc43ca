// Which agents are known, the last seen first, and what each has.

import type { AgentTally } from "../../store.ts";
import type { Reading } from "../reading.ts";
import type { Source } from "../source.ts";
import { talliesOf } from "./counts.ts";
import { AGENT } from "./rows.ts";

/** As it is in the index: those never seen come last. */
const SEEN = "coalesce(last_seen_at, -1)";

/** The last seen first, after (seen, id); one more than asked for when there are more. */
export function* listAgents(
  source: Source,
  limit: number,
  after: [number, string] | null,
): Reading<AgentTally[]> {
  const where = after === null ? "" : `WHERE ${SEEN} <= ? AND (${SEEN} < ? OR id > ?)`;
  const rows = yield* source.rows(
    `SELECT ${AGENT.columns()} FROM agents ${where} ORDER BY ${SEEN} DESC, id LIMIT ?`,
    [...after === null ? [] : [after[0], after[0], after[1]], limit + 1],
  );
  const agents = rows.map(AGENT.decode);
  const tallies = yield* talliesOf(source, agents.map(({ id }) => id));
  return agents.map((agent) => ({ ...agent, tallies: tallies.get(agent.id)! }));
}
