// The page of what waits for somebody's answer.

import type { Page } from "../page.ts";
import { Decision } from "../parts/decision.tsx";
import { Pager } from "../parts/table.tsx";
import type { DecisionReport, ListOf } from "../replies.ts";
import { hrefTo } from "../find.ts";

interface Data {
  decisions: DecisionReport[];
  next: string | undefined;
}

export const decisions: Page<Data> = {
  path: "/decisions",
  title: () => "Decisions",
  async load(get, { query }) {
    const cursor = query.get("cursor") ?? undefined;
    const path = hrefTo("/decisions", {}, { status: "pending", limit: "50", cursor });
    const { decisions, next_cursor } = await get<ListOf<"decisions", DecisionReport>>(path);
    return { decisions: decisions.toSorted(byDeadline), next: next_cursor };
  },
  follows: () => "",
  View({ data: { decisions, next }, place }) {
    if (decisions.length === 0) {
      return (
        <div class="empty">
          <p>Nobody waits for an answer.</p>
        </div>
      );
    }
    return (
      <>
        {decisions.map((decision) => <Decision key={decision.id} of={decision} />)}
        <Pager place={place} next={next} />
      </>
    );
  },
};

/** Those whose time is over first come first; then those that wait longest. */
export function byDeadline(a: DecisionReport, b: DecisionReport): number {
  const end = (decision: DecisionReport) => String(decision.timeout_at ?? "9");
  return end(a).localeCompare(end(b)) || a.created_at.localeCompare(b.created_at);
}
