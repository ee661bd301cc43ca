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
  asks: ["cursor"],
  title: () => "Decisions",
  async load(get, { query }) {
    const cursor = query.get("cursor");
    const path = hrefTo("/decisions", {}, {
      status: "pending",
      order: "deadline",
      limit: "50",
      cursor,
    });
    const { decisions, next_cursor } = await get<ListOf<"decisions", DecisionReport>>(path);
    return { decisions, next: next_cursor };
  },
  follows: () => "",
  View({ data: { decisions, next }, place }) {
    if (decisions.length === 0) {
      return (
        <div class="empty">
          <p>
            Nobody waits for an answer. A step of the type <code>reasoning</code>{" "}
            asks here what its run does not decide by itself.
          </p>
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
