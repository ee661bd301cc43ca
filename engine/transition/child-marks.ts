// What a new run must know of the runs above it, for limits that it and they count to.

import { settingOf } from "../concurrency/limits.ts";
import type { Marks } from "../state/marks.ts";
import type { Turn } from "./turn.ts";

/** Null: nothing. A run below one of its own template counts to that one, or it would wait for itself. */
export function marksOfChild(
  { run, env: { concurrency } }: Turn,
  templateName: string,
): Marks | null {
  const own = run.row.templateName;
  const above = [
    ...run.marks.above?.filter((name) => name !== own) ?? [],
    ...(concurrency.limitsTemplate(own) ? [own] : []),
  ];
  const within = above.includes(templateName);
  const { agentId, runNo: parentRunNo } = run.row;
  const limits = concurrency.of({ templateName, agentId, parentRunNo }, within);
  if (above.length === 0 && limits.length === 0) return null;
  return {
    ...(above.length > 0 && { above }),
    ...(within && { within }),
    ...(limits.length > 0 && { waits: { for: limits.map(settingOf) } }),
  };
}
