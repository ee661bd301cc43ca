// What was counted with the commits: how many there are, and what happened when.

import {
  type Counts,
  EVERYBODY,
  HAPPENED,
  type Happenings,
  noHappenings,
  noTallies,
  type Span,
  SPANS,
  type Stretches,
  TALLIED,
  type Tallies,
} from "../../counts.ts";
import type { Source } from "../source.ts";

export function counts(source: Source, { minutes, days }: Stretches): Counts {
  return {
    tallies: talliesOf(source, [EVERYBODY]).get(EVERYBODY)!,
    minutes: happenings(source, "minute", minutes),
    days: happenings(source, "quarter", days),
  };
}

/** What each of these agents has. */
export function talliesOf(source: Source, agentIds: readonly string[]): Map<string, Tallies> {
  const found = new Map(agentIds.map((id) => [id, noTallies()]));
  const rows = source.rows(
    `SELECT agent_id, what, count FROM tallies
     WHERE agent_id IN (SELECT value FROM json_each(?))`,
    [JSON.stringify(agentIds)],
  );
  for (const { agent_id, what, count } of rows) found.get(agent_id)![TALLIED[what]!] = count;
  return found;
}

function happenings(source: Source, span: Span, bounds: readonly number[]): Happenings[] {
  const found = noHappenings(bounds) as Record<string, number>[];
  const rows = source.rows(
    `WITH bounds AS (SELECT key AS place, value AS start, lead(value) OVER (ORDER BY key) AS stop
       FROM json_each(?))
     SELECT place, what, sum(count) AS count FROM bounds CROSS JOIN buckets
     WHERE span = ? AND at >= start AND at < stop GROUP BY place, what`,
    [JSON.stringify(bounds), SPANS.indexOf(span)],
  );
  for (const { place, what, count } of rows) found[place]![HAPPENED[what]!] = count;
  return found as Happenings[];
}
