// What the in-memory store keeps for agents that are away, after a hand-over.

import { MOST_NOTICES, NOTICE_MS } from "../../engine/store/notice-terms.ts";
import type { NoticeRow, Noticing } from "../../engine/store/store.ts";

export function noticed(
  before: readonly NoticeRow[],
  { rows, told, withdrawn }: Noticing,
): NoticeRow[] {
  let all = [...before, ...rows];
  all = all.filter(({ id }) => !told.includes(id));
  for (const id of withdrawn) all = without(all, ({ id: other }) => other === id, 0);
  if (rows.length === 0) return all;
  for (const agentId of new Set(rows.map((row) => row.agentId))) {
    for (;;) {
      const own = all.filter((row) => row.agentId === agentId);
      if (own.length <= MOST_NOTICES) break;
      all = without(all, ({ id }) => id === own[0]!.id, 1);
    }
  }
  const newest = Math.max(...rows.map(({ at }) => at));
  for (const { id, at } of all) {
    if (at < newest - NOTICE_MS) all = without(all, ({ id: other }) => other === id, 1);
  }
  return all;
}

/** The rows without that one, whose count, and `more`, goes to the next of its agent. */
function without(
  rows: readonly NoticeRow[],
  isIt: (row: NoticeRow) => boolean,
  more: number,
): NoticeRow[] {
  const gone = rows.find(isIt);
  if (gone === undefined) return [...rows];
  const left = rows.filter((row) => row !== gone);
  const next = left.findIndex(({ agentId }) => agentId === gone.agentId);
  if (next >= 0) {
    left[next] = { ...left[next]!, dropped: left[next]!.dropped + gone.dropped + more };
  }
  return left;
}
