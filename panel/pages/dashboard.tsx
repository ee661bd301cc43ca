// The first page: what needs somebody, and what goes on.

import { EVENT_NAMES, type EventType } from "../event-names.ts";
import { hrefTo } from "../find.ts";
import { Fault, type Get, type Page } from "../page.ts";
import { Agents } from "../parts/agents.tsx";
import { Decision } from "../parts/decision.tsx";
import { Events } from "../parts/events.tsx";
import { Counters } from "../parts/counters.tsx";
import { type Address, FirstRun } from "../parts/first-run.tsx";
import { Said } from "../parts/marks.tsx";
import { Runs } from "../parts/runs.tsx";
import { ScheduleState } from "../parts/schedule-state.tsx";
import type {
  AgentReport,
  DecisionReport,
  EventReport,
  ListOf,
  RunRow,
  ScheduleRow,
  SettingsReply,
  Stats,
} from "../replies.ts";

interface Data {
  /** Absent for who may not see them. */
  stats: Stats | undefined;
  decisions: DecisionReport[];
  interrupted: RunRow[];
  failed: RunRow[];
  /** Those whose last runs failed, and those that can start none. */
  schedules: ScheduleRow[];
  agents: AgentReport[];
  active: RunRow[];
  events: EventReport[];
  /** Where clients connect, as long as nothing has run here. */
  first: Address | undefined;
}

const MOST_DECISIONS = 10;
/** Schedules that are looked at for what fails, and agents that were heard last. */
const MOST_SCHEDULES = 100;
const MOST_AGENTS = 5;
/** Runs of each kind of trouble. */
const MOST_RUNS = 5;

/** What happens to runs as a whole, and what goes wrong: a loop's own steps would fill the list. */
const RECENT: readonly EventType[] = EVENT_NAMES.filter((name) =>
  /^(workflow|decision|signal|callback|circuit)_|^step_failed$|^error_handler/.test(name)
);
const MOST_RECENT = 8;

export const dashboard: Page<Data> = {
  path: "/",
  asks: [],
  title: () => "Dashboard",
  async load(get) {
    const asked = `/decisions?status=pending&order=deadline&limit=${MOST_DECISIONS}`;
    const heard = `/agents?limit=${MOST_AGENTS}`;
    const [
      stats,
      { decisions },
      { agents },
      interrupted,
      failed,
      active,
      schedules,
      { events },
    ] = await Promise.all([
      statsOf(get),
      get<ListOf<"decisions", DecisionReport>>(asked),
      get<ListOf<"agents", AgentReport>>(heard),
      runs(get, "interrupted"),
      runs(get, "failed"),
      runs(get, "active"),
      troubled(get),
      get<ListOf<"events", EventReport>>(
        `/events?event_type=${RECENT.join()}&limit=${MOST_RECENT}`,
      ),
    ]);
    const first = stats && hasRunNothing(stats) ? await addressOf(get) : undefined;
    return { stats, decisions, interrupted, failed, schedules, agents, active, events, first };
  },
  follows: () => "",
  View({ data }) {
    const { stats, decisions, interrupted, failed, schedules, agents, active, events } = data;
    if (data.first) return <FirstRun address={data.first} />;
    const isCalm = [decisions, interrupted, failed, schedules].every(({ length }) => length === 0);
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
          <Trouble label="Interrupted runs" status="interrupted" rows={interrupted} />
          <Trouble label="Failed runs" status="failed" rows={failed} />
          {schedules.length > 0 && <Troubled schedules={schedules} />}
        </section>
        <section aria-label="Runs that go on">
          <h2>At work</h2>
          <Runs label="Active runs" rows={active} empty="No run goes on at the moment." />
        </section>
        <section aria-label="Who is here">
          <h2>Agents</h2>
          <Agents rows={agents} empty={<p>No agent has connected yet.</p>} />
          {agents.length === MOST_AGENTS && (
            <p class="note">
              <a href="/agents">All agents</a>
            </p>
          )}
        </section>
        <section aria-label="Recent events">
          <h2>Recent</h2>
          <Events rows={events} empty="Nothing has happened lately." />
          <p class="note">
            <a href="/events">All events</a>
          </p>
        </section>
      </>
    );
  },
};

function Trouble({ label, status, rows }: { label: string; status: string; rows: RunRow[] }) {
  if (rows.length === 0) return null;
  return (
    <>
      <h3>{label}</h3>
      <Runs label={label} rows={rows} empty="" />
      {rows.length === MOST_RUNS && (
        <p class="note">
          <a href={hrefTo("/workflows", {}, { status })}>All {label.toLowerCase()}</a>
        </p>
      )}
    </>
  );
}

function Troubled({ schedules }: { schedules: readonly ScheduleRow[] }) {
  return (
    <>
      <h3>Failing schedules</h3>
      <ul class="plain" aria-label="Schedules that fail">
        {schedules.map((schedule) => (
          <li key={schedule.id}>
            <ScheduleState of={schedule} /> schedule{" "}
            <a href={hrefTo("/scheduler/:id", { id: schedule.id })}>
              <Said text={schedule.name} most={60} />
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

async function troubled(get: Get): Promise<ScheduleRow[]> {
  const path = `/schedules?limit=${MOST_SCHEDULES}`;
  const { schedules } = await get<ListOf<"schedules", ScheduleRow>>(path);
  return schedules.filter(({ status, failing }) => failing || status === "invalid");
}

async function runs(get: Get, status: string): Promise<RunRow[]> {
  return (await get<ListOf<"runs", RunRow>>(`/runs?status=${status}&limit=${MOST_RUNS}`)).runs;
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
