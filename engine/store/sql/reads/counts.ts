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
import type { Reading } from "../reading.ts";
import type { Source } from "../source.ts";

export function* counts(source: Source, { minutes, days }: Stretches): Reading<Counts> {
  return {
    tallies: (yield* talliesOf(source, [EVERYBODY])).get(EVERYBODY)!,
    minutes: yield* happenings(source, "minute", minutes),
    days: yield* happenings(source, "quarter", days),
  };
}

/** What each of these agents has. */
export function* talliesOf(
  source: Source,
  agentIds: readonly string[],
): Reading<Map<string, Tallies>> {
  const found = new Map(agentIds.map((id) => [id, noTallies()]));
  const rows = yield* source.rows(
    `SELECT agent_id, what, count FROM tallies
     WHERE agent_id IN (SELECT value FROM ${source.dialect.textsOf("?")})`,
    [JSON.stringify(agentIds)],
  );
  for (const { agent_id, what, count } of rows) found.get(agent_id)![TALLIED[what]!] = count;
  return found;
}

function* happenings(
  source: Source,
  span: Span,
  bounds: readonly number[],
): Reading<Happenings[]> {
  const found = noHappenings(bounds) as Record<string, number>[];
  const rows = yield* source.rows(
    `WITH bounds AS (SELECT key AS place, value AS start, lead(value) OVER (ORDER BY key) AS stop
       FROM ${source.dialect.numbersOf("?")})
     SELECT place, what, CAST(sum(count) AS bigint) AS count FROM bounds CROSS JOIN buckets
     WHERE span = ? AND at >= start AND at < stop GROUP BY place, what`,
    [JSON.stringify(bounds), SPANS.indexOf(span)],
  );
  for (const { place, what, count } of rows) found[place]![HAPPENED[what]!] = count;
  return found as Happenings[];
}
