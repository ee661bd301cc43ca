// The first page: what needs somebody, and what goes on.

import { Fault, type Get, type Page } from "../page.ts";
import { Decision } from "../parts/decision.tsx";
import { Events } from "../parts/events.tsx";
import { Counters } from "../parts/counters.tsx";
import { type Address, FirstRun } from "../parts/first-run.tsx";
import { Runs } from "../parts/runs.tsx";
import type {
  DecisionReport,
  EventReport,
  ListOf,
  RunRow,
  SettingsReply,
  Stats,
} from "../replies.ts";

interface Data {
  /** Absent for who may not see them. */
  stats: Stats | undefined;
  decisions: DecisionReport[];
  interrupted: RunRow[];
  failed: RunRow[];
  active: RunRow[];
  events: EventReport[];
  /** Where clients connect, as long as nothing has run here. */
  first: Address | undefined;
}

const MOST_DECISIONS = 10;

export const dashboard: Page<Data> = {
  path: "/",
  asks: [],
  title: () => "Dashboard",
  async load(get) {
    const asked = `/decisions?status=pending&order=deadline&limit=${MOST_DECISIONS}`;
    const [stats, { decisions }, interrupted, failed, active, { events }] = await Promise.all([
      statsOf(get),
      get<ListOf<"decisions", DecisionReport>>(asked),
      runs(get, "interrupted"),
      runs(get, "failed"),
      runs(get, "active"),
      get<ListOf<"events", EventReport>>("/events?limit=20"),
    ]);
    const first = stats && hasRunNothing(stats) ? await addressOf(get) : undefined;
    return { stats, decisions, interrupted, failed, active, events, first };
  },
  follows: () => "",
  View({ data: { stats, decisions, interrupted, failed, active, events, first } }) {
    if (first) return <FirstRun address={first} />;
    const isCalm = decisions.length + interrupted.length + failed.length === 0;
    return (
      <>
        {stats && <Counters stats={stats} />}
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

/** Agents with a token of their own may not read the counters of all. */
async function statsOf(get: Get): Promise<Stats | undefined> {
  try {
    return await get<Stats>("/stats");
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.status === 403) return undefined;
    throw thrown;
  }
}

/** Also not in the days that are counted: what retention has removed has run. */
function hasRunNothing({ runs, days }: Stats): boolean {
  return Object.values(runs).every((count) => count === 0) &&
    days.every(({ started }) => started === 0);
}

async function addressOf(get: Get): Promise<Address> {
  const { url, settings } = await get<SettingsReply>("/settings");
  const token = settings.find(({ name }) => name === "auth_token")?.value;
  return { url, needsToken: token !== "" };
}
