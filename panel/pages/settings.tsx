// The page of what the daemon is and runs with: version, health, settings and where each is from, its log.

import { useAround } from "../context.ts";
import { hrefTo } from "../find.ts";
import type { Page } from "../page.ts";
import { Fact, Facts } from "../parts/facts.tsx";
import { logPath, LogTail } from "../parts/log-tail.tsx";
import { Said, State, When } from "../parts/marks.tsx";
import { UnknownValue } from "../parts/page-view.tsx";
import { size } from "../parts/size.ts";
import { type Column, Table } from "../parts/table.tsx";
import { Tabs } from "../parts/tabs.tsx";
import type { LogReply, SettingsReply } from "../replies.ts";

interface Data {
  daemon: SettingsReply;
  log: LogReply;
}

const LEVELS = ["debug", "info", "warn", "error"];

function levelOf(query: URLSearchParams): string {
  const asked = query.get("level") ?? "";
  return LEVELS.includes(asked) ? asked : "info";
}

function isOther(level: string | null): boolean {
  return level !== null && level !== "" && !LEVELS.includes(level);
}

export const settings: Page<Data> = {
  path: "/settings",
  asks: ["tab", "level"],
  title: () => "Settings",
  async load(get, { query }) {
    const [daemon, log] = await Promise.all([
      get<SettingsReply>("/settings"),
      get<LogReply>(logPath(levelOf(query))),
    ]);
    return { daemon, log };
  },
  isReread: true,
  View({ data: { daemon, log }, place }) {
    const level = levelOf(place.query);
    const own = daemon.settings.filter(({ from }) => from !== "default");
    const rest = daemon.settings.filter(({ from }) => from === "default");
    return (
      <>
        <Head of={daemon} />
        <SignOut of={daemon} />
        {daemon.warnings.map((warning) => (
          <p key={warning} class="warning">
            <Said text={warning} most={1_000} />
          </p>
        ))}
        <Tabs
          place={place}
          tabs={[
            { id: "settings", label: "Settings", view: () => <Values own={own} rest={rest} /> },
            {
              id: "agents",
              label: "Agents with a token",
              count: daemon.agents.length,
              view: () => <Identities of={daemon.agents} />,
            },
            {
              id: "log",
              label: "Log",
              view: () => (
                <>
                  {isOther(place.query.get("level")) && (
                    <UnknownValue
                      name="level"
                      value={place.query.get("level")!}
                      known={[level, ...LEVELS.filter((one) => one !== level)]}
                    />
                  )}
                  <Levels open={level} />
                  <LogTail key={level} first={log} level={level} />
                </>
              ),
            },
          ]}
        />
      </>
    );
  },
};

function Head({ of: daemon }: { of: SettingsReply }) {
  return (
    <>
      <Facts>
        <Fact name="Health">
          <State of={daemon.status} />
        </Fact>
        <Fact name="Version">{daemon.version}</Fact>
        <Fact name="Runs on">{daemon.runtime}</Fact>
        <Fact name="Process">
          {daemon.pid}, since <When at={daemon.started_at} />
        </Fact>
        <Fact name="Address">
          <code>
            <Said text={daemon.url} />
          </code>
        </Fact>
        <Fact name="Data">
          <code>
            <Said text={daemon.home} most={200} />
          </code>
        </Fact>
      </Facts>
      {daemon.reason && (
        <p class="refused">
          <Said text={daemon.reason} most={500} />
        </p>
      )}
    </>
  );
}

/** Where a token is asked for, somebody has signed in. */
function SignOut({ of: { settings } }: { of: SettingsReply }) {
  const { signOut } = useAround();
  if (settings.find(({ name }) => name === "auth_token")?.value === "") return null;
  return (
    <p class="actions">
      <button type="button" disabled={!signOut} onClick={signOut}>Sign out</button>
    </p>
  );
}

type Setting = SettingsReply["settings"][number];

const COLUMNS: Column<Setting>[] = [
  { head: "Setting", cell: ({ name }) => <code>{name}</code> },
  {
    head: "Value",
    cell: ({ value, unit }) => (
      <>
        <code>
          <Said text={typeof value === "string" ? value || "–" : JSON.stringify(value)} />
        </code>
        {unit === "bytes" && typeof value === "number" && value >= 1_024 && (
          <span class="none">{size(value)}</span>
        )}
      </>
    ),
  },
  { head: "From", cell: ({ from }) => <Said text={from} />, wide: true },
  {
    head: "Allowed",
    cell: (setting) => <span class="none">{allowedFor(setting)}</span>,
    wide: true,
  },
];

function allowedFor({ rule, unit }: Setting): string {
  return unit === "bytes" ? rule.replaceAll(/\d{4,}/g, (digits) => size(Number(digits))) : rule;
}

function Values({ own, rest }: { own: Setting[]; rest: Setting[] }) {
  return (
    <>
      <p class="note">
        What this daemon runs with. After a change <code>opcode reload</code>{" "}
        says what takes effect at once, and what waits for a restart.
      </p>
      <h2>Changed</h2>
      <Table
        label="Settings that were changed"
        columns={COLUMNS}
        rows={own}
        keyOf={({ name }) => name}
        empty={<p>Nothing: every setting has its default.</p>}
      />
      <h2>Left at the default</h2>
      <Table
        label="Settings left at the default"
        columns={COLUMNS.filter(({ head }) => head !== "From")}
        rows={rest}
        keyOf={({ name }) => name}
        empty={<p>None.</p>}
      />
    </>
  );
}

type Identity = SettingsReply["agents"][number];

const AGENT_COLUMNS: Column<Identity>[] = [
  { head: "Agent", cell: ({ name }) => <Said text={name} /> },
  { head: "Actions", cell: ({ allow }) => <Names of={allow} /> },
  { head: "Templates", cell: ({ templates }) => <Names of={templates} /> },
  { head: "Decides for", cell: ({ decide }) => <Names of={[decide].flat()} />, wide: true },
];

function Names({ of }: { of: string[] }) {
  return of.length === 0
    ? <span class="none">none</span>
    : <Said text={of.join(", ")} most={200} />;
}

function Identities({ of }: { of: Identity[] }) {
  return (
    <Table
      label="Agents with a token of their own"
      columns={AGENT_COLUMNS}
      rows={of}
      keyOf={({ name }) => name}
      empty={
        <p>
          None: whoever may use the daemon may do everything. <code>opcode agent-token</code>{" "}
          makes a token for one.
        </p>
      }
    />
  );
}

function Levels({ open }: { open: string }) {
  const { go } = useAround();
  return (
    <form class="filters" method="get" action="/settings" role="search">
      <input type="hidden" name="tab" value="log" />
      <label>
        <span>From this level on</span>
        <select
          name="level"
          onChange={(event) =>
            go?.(hrefTo("/settings", {}, { tab: "log", level: event.currentTarget.value }))}
        >
          {LEVELS.map((level) => (
            <option key={level} value={level} selected={level === open}>{level}</option>
          ))}
        </select>
      </label>
      <button type="submit">Show</button>
    </form>
  );
}
