// The page of one template: a version of it, drawn and as it is written, how it is run, and what became of its runs.

import { hrefTo } from "../find.ts";
import { textOf } from "../define-text.ts";
import type { Get, Page, Place, ViewProps } from "../page.ts";
import { Archive } from "../parts/archive.tsx";
import { Compare, type Compared, comparedWith } from "../parts/compare.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { type Drawing, drawingOf, Graph } from "../parts/graph.tsx";
import { Said, When } from "../parts/marks.tsx";
import { RunForm } from "../parts/run-form.tsx";
import { Runs, templateHref } from "../parts/runs.tsx";
import { StartedBy } from "../parts/started-by.tsx";
import { Tabs } from "../parts/tabs.tsx";
import type { HookRow, ListOf, RunRow, ScheduleRow, TemplateRow } from "../replies.ts";

interface Count {
  total: number;
  isLeast: boolean;
}

interface Data {
  shown: TemplateRow;
  /** Newest first. */
  versions: string[];
  runs: RunRow[];
  completed: Count;
  failed: Count;
  schedules: ScheduleRow[];
  hooks: HookRow[];
  graph: Drawing;
  /** Where two versions stand side by side. */
  compared: Compared | undefined;
}

export const template: Page<Data> = {
  path: "/templates/:name",
  asks: ["version", "tab", "against"],
  title: ({ shown }) => shown.name,
  load: loadTemplate,
  follows: (_, { params }) => hrefTo("", {}, { template: params.name }).slice(1),
  View,
};

async function loadTemplate(get: Get, { params, query }: Place): Promise<Data> {
  const name = params.name!;
  const path = `/templates/${encodeURIComponent(name)}`;
  const version = query.get("version");
  const shown = await get<TemplateRow>(
    version === null ? path : `${path}/versions/${encodeURIComponent(version)}`,
  );
  const of = { template_name: name };
  const [{ versions }, { runs }, completed, failed, { schedules }, { hooks }, graph] = await Promise
    .all([
      get<ListOf<"versions", { version: string }>>(`${path}/versions?limit=100`),
      get<ListOf<"runs", RunRow>>(hrefTo("/runs", {}, { ...of, limit: "20" })),
      countOf(get, { ...of, status: "completed" }),
      countOf(get, { ...of, status: "failed" }),
      get<ListOf<"schedules", ScheduleRow>>(hrefTo("/schedules", {}, { ...of, limit: "50" })),
      get<ListOf<"hooks", HookRow>>(hrefTo("/hooks", {}, { ...of, limit: "50" })),
      drawingOf(get, `${path}/diagram?format=svg&version=${shown.version}`),
    ]);
  const all = versions.map((row) => row.version);
  const compared = query.get("tab") === "compare"
    ? await comparedWith(get, { path, shown, all, against: query.get("against") })
    : undefined;
  return { shown, versions: all, runs, completed, failed, schedules, hooks, graph, compared };
}

async function countOf(get: Get, filter: Record<string, string>): Promise<Count> {
  const path = hrefTo("/runs", {}, { ...filter, total: "true", limit: "1" });
  const { total, total_at_least } = await get<{ total: number; total_at_least?: true }>(path);
  return { total, isLeast: total_at_least === true };
}

function View({ data, place }: ViewProps<Data>) {
  const { shown, versions, runs, schedules, hooks, graph, compared } = data;
  const { name, version } = shown;
  // Where its form is open, that has the button which runs it.
  const run = place.query.get("tab") === "run" ? "button" : "button main";
  return (
    <>
      {shown.description && (
        <p class="prompt">
          <Said text={shown.description} most={1_000} />
        </p>
      )}
      <Head {...data} />
      <div class="actions">
        {shown.archived_at === undefined && (
          <>
            <a class={run} href={hrefTo(place.path, {}, { version, tab: "run" })}>Run</a>
            <a class="button" href={hrefTo("/define", {}, { template: name, version })}>Edit</a>
            <a class="button" href={hrefTo("/scheduler/new", {}, { template: name })}>Schedule</a>
          </>
        )}
        <Archive of={shown} />
      </div>
      <Tabs
        place={place}
        tabs={[
          { id: "diagram", label: "Diagram", view: () => <Graph of={graph} /> },
          { id: "definition", label: "Definition", view: () => <Source of={shown} /> },
          { id: "run", label: "Run", view: () => <Start of={shown} /> },
          {
            id: "runs",
            label: "Runs",
            view: () => <Runs label="Runs" rows={runs} empty="It has not run yet." />,
          },
          {
            id: "started",
            label: "Started by",
            count: schedules.length + hooks.length,
            view: () => <StartedBy schedules={schedules} hooks={hooks} />,
          },
          {
            id: "compare",
            label: "Compare",
            view: () => <Compare place={place} of={compared} shown={shown} versions={versions} />,
          },
        ]}
      />
    </>
  );
}

function Head({ shown, versions, completed, failed }: Data) {
  return (
    <Facts>
      <Fact name="Version">
        <Versions name={shown.name} shown={shown.version} all={versions} />
      </Fact>
      <Fact name="Agent">
        <Said text={shown.agent_id} />
      </Fact>
      <Fact name="Defined">
        <When at={shown.created_at} />
      </Fact>
      {shown.archived_at !== undefined && (
        <Fact name="Archived">
          <When at={shown.archived_at} />
        </Fact>
      )}
      <Fact name="Success">
        <Success completed={completed} failed={failed} />
      </Fact>
    </Facts>
  );
}

function Start({ of }: { of: TemplateRow }) {
  if (of.archived_at === undefined) return <RunForm key={of.version} of={of} />;
  return (
    <div class="empty">
      <p>It is archived: no run of it begins until it is taken back.</p>
    </div>
  );
}

/** Of the runs that have come to an end by themselves. */
function Success({ completed, failed }: { completed: Count; failed: Count }) {
  const all = completed.total + failed.total;
  if (all === 0) return <span class="none">no run has ended yet</span>;
  const isLeast = completed.isLeast || failed.isLeast;
  const share = Math.floor(100 * completed.total / all);
  return (
    <span>
      {isLeast ? "" : `${share} %, `}
      {completed.total.toLocaleString("en")} of {all.toLocaleString("en")}
      {isLeast && " or more"}
    </span>
  );
}

function Versions({ name, shown, all }: { name: string; shown: string; all: string[] }) {
  return (
    <span class="versions">
      {all.map((version) => (
        <a
          key={version}
          href={templateHref(name, version)}
          aria-current={version === shown ? "true" : undefined}
        >
          {version}
        </a>
      ))}
    </span>
  );
}

function Source({ of }: { of: TemplateRow }) {
  return (
    <pre
      class="source"
      tabIndex={0}
      role="region"
      aria-label="Definition"
    ><code>{textOf(of)}</code></pre>
  );
}
