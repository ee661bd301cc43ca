// The first page: what needs somebody, and what goes on.

import type { Get, Page } from "../page.ts";
import { Decision } from "../parts/decision.tsx";
import { Events } from "../parts/events.tsx";
import { Runs } from "../parts/runs.tsx";
import type { DecisionReport, EventReport, ListOf, RunRow } from "../replies.ts";
import { byDeadline } from "./decisions.tsx";

interface Data {
  decisions: DecisionReport[];
  interrupted: RunRow[];
  failed: RunRow[];
  active: RunRow[];
  events: EventReport[];
}

const MOST_DECISIONS = 10;

export const dashboard: Page<Data> = {
  path: "/",
  title: () => "Dashboard",
  async load(get) {
    const [asked, interrupted, failed, active, recent] = await Promise.all([
      get<ListOf<"decisions", DecisionReport>>(`/decisions?status=pending&limit=50`),
      runs(get, "interrupted"),
      runs(get, "failed"),
      runs(get, "active"),
      get<ListOf<"events", EventReport>>("/events?limit=20"),
    ]);
    const decisions = asked.decisions.toSorted(byDeadline).slice(0, MOST_DECISIONS);
    return { decisions, interrupted, failed, active, events: recent.events };
  },
  follows: () => "",
  View({ data: { decisions, interrupted, failed, active, events } }) {
    const isCalm = decisions.length + interrupted.length + failed.length === 0;
    return (
      <>
        <section aria-label="What needs you">
          <h2>Needs you</h2>
          {isCalm && (
            <div class="empty">
              <p>Nothing waits for you.</p>
            </div>
          )}
          {decisions.map((decision) => <Decision key={decision.id} of={decision} />)}
          {interrupted.length > 0 && <Runs label="Interrupted runs" rows={interrupted} empty="" />}
          {failed.length > 0 && <Runs label="Failed runs" rows={failed} empty="" />}
        </section>
        <section aria-label="Runs that go on">
          <h2>At work</h2>
          <Runs label="Active runs" rows={active} empty="No run goes on at the moment." />
        </section>
        <section aria-label="Recent events">
          <h2>Recent</h2>
          <Events rows={events} empty="Nothing has happened yet." />
        </section>
      </>
    );
  },
};

async function runs(get: Get, status: string): Promise<RunRow[]> {
  return (await get<ListOf<"runs", RunRow>>(`/runs?status=${status}&limit=5`)).runs;
}
