// How rows go with what is written for which there is no room or no time any more: notices, and counts of long ago.

import { KEPT_MS, SPAN_MS, SPANS } from "../counts.ts";
import { MOST_NOTICES, NOTICE_MS } from "../notice-terms.ts";
import { LISTS, type Value, WIDTH } from "../sql/lists.ts";
import type { Parameter } from "./session.ts";

export interface Clean {
  sql: string;
  values: Parameter[];
}

/** Of those whose time is over, how many one commit removes for each that it writes. */
const REMOVED_FOR_EACH = 4;

const placeIn = (list: "notices" | "buckets", name: string) =>
  LISTS[list].columns.findIndex(({ field }) => field === name);
const NOTICE_AGENT = placeIn("notices", "agentId");
const NOTICE_AT = placeIn("notices", "at");
const BUCKET_AT = placeIn("buckets", "at");

/** What the notice was still to tell of others stays with the next one of its agent. */
const WITHDRAW = `UPDATE notices AS n SET dropped = n.dropped + gone.dropped
  FROM notices AS gone WHERE gone.id = $1::text AND gone.dropped > 0 AND n.no = (
    SELECT min(no) FROM notices WHERE agent_id = gone.agent_id AND no > gone.no)`;

/** Removes these notices; the oldest that is left of each agent says how many they were. */
const dropped = (which: string) =>
  `WITH gone AS (
     DELETE FROM notices WHERE no IN (${which}) RETURNING no, agent_id, dropped
   ), lost AS (
     SELECT agent_id, CAST(sum(dropped + 1) AS bigint) AS count FROM gone GROUP BY agent_id
   ) UPDATE notices AS n SET dropped = n.dropped + lost.count FROM lost WHERE n.no = (
     SELECT min(no) FROM notices
     WHERE agent_id = lost.agent_id AND no NOT IN (SELECT no FROM gone))`;

const TOO_MANY = dropped(
  `SELECT no FROM notices WHERE agent_id = $1::text ORDER BY no DESC OFFSET ${MOST_NOTICES}`,
);
const TOO_OLD = dropped("SELECT no FROM notices WHERE at < $1::int8 ORDER BY at LIMIT $2::int8");

/** Of notices that are about to go although nobody was told them. */
export function withdrawals(ids: readonly string[]): Clean[] {
  return ids.map((id) => ({ sql: WITHDRAW, values: [id] }));
}

/** What goes behind these notices, flat, which are in the table by then. */
export function oldNotices(written: readonly Value[]): Clean[] {
  if (written.length === 0) return [];
  const agents = new Set<string>();
  let newest = 0;
  for (let at = 0; at < written.length; at += WIDTH.notices) {
    agents.add(written[at + NOTICE_AGENT] as string);
    newest = Math.max(newest, written[at + NOTICE_AT] as number);
  }
  const most = REMOVED_FOR_EACH * (written.length / WIDTH.notices);
  return [
    ...[...agents].map((agent) => ({ sql: TOO_MANY, values: [agent] })),
    { sql: TOO_OLD, values: [newest - NOTICE_MS, most] },
  ];
}

/** Counts of stretches that nobody asks for any more go with the first of a new quarter of an hour. */
export class OldBuckets {
  #quarter = -Infinity;

  /** What goes behind these counts, flat. */
  after(written: readonly Value[]): Clean[] {
    let newest = 0;
    for (let at = BUCKET_AT; at < written.length; at += WIDTH.buckets) {
      newest = Math.max(newest, written[at] as number);
    }
    const quarter = newest - newest % SPAN_MS.quarter;
    if (quarter <= this.#quarter) return [];
    this.#quarter = quarter;
    return SPANS.map((span, code) => ({
      sql: "DELETE FROM bucket_slots WHERE span = $1::int2 AND at < $2::int8",
      values: [code, quarter - KEPT_MS[span]],
    }));
  }
}
