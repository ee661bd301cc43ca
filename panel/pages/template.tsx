// The page of one template: a version of it, drawn and as it is written, and its latest runs.

import { hrefTo } from "../find.ts";
import type { Page } from "../page.ts";
import { type Drawing, drawingOf, Graph } from "../parts/graph.tsx";
import { JsonTree } from "../parts/json-tree.tsx";
import { Said, When } from "../parts/marks.tsx";
import { Runs, templateHref } from "../parts/runs.tsx";
import { Tabs } from "../parts/tabs.tsx";
import type { ListOf, RunRow, TemplateRow } from "../replies.ts";

interface Data {
  shown: TemplateRow;
  /** Newest first. */
  versions: string[];
  runs: RunRow[];
  graph: Drawing;
}

export const template: Page<Data> = {
  path: "/templates/:name",
  title: ({ shown }) => shown.name,
  async load(get, { params, query }) {
    const name = params.name!;
    const path = `/templates/${encodeURIComponent(name)}`;
    const version = query.get("version");
    const shown = await get<TemplateRow>(
      version === null ? path : `${path}/versions/${encodeURIComponent(version)}`,
    );
    const [{ templates }, { runs }, graph] = await Promise.all([
      get<ListOf<"templates", TemplateRow>>(hrefTo("/templates", {}, { name, limit: "100" })),
      get<ListOf<"runs", RunRow>>(hrefTo("/runs", {}, { template_name: name, limit: "20" })),
      drawingOf(get, `${path}/diagram?format=svg&version=${shown.version}`),
    ]);
    return { shown, versions: templates.map((row) => row.version), runs, graph };
  },
  View({ data: { shown, versions, runs, graph }, place }) {
    return (
      <>
        {shown.description && (
          <p class="prompt">
            <Said text={shown.description} most={1_000} />
          </p>
        )}
        <dl class="facts">
          <dt>Version</dt>
          <dd>
            <Versions name={shown.name} shown={shown.version} all={versions} />
          </dd>
          <dt>Agent</dt>
          <dd>
            <Said text={shown.agent_id} />
          </dd>
          <dt>Defined</dt>
          <dd>
            <When at={shown.created_at} />
          </dd>
        </dl>
        <Tabs
          place={place}
          tabs={[
            { id: "diagram", label: "Diagram", view: () => <Graph of={graph} /> },
            {
              id: "definition",
              label: "Definition",
              view: () => (
                <pre class="source"><code>{JSON.stringify(shown.definition, null, 2)}</code></pre>
              ),
            },
            { id: "inputs", label: "Inputs", view: () => <Inputs of={shown} /> },
            {
              id: "runs",
              label: "Runs",
              view: () => <Runs label="Runs" rows={runs} empty="It has not run yet." />,
            },
          ]}
        />
      </>
    );
  },
};

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

function Inputs({ of: { input_schema } }: { of: TemplateRow }) {
  if (!input_schema) {
    return (
      <div class="empty">
        <p>It says nothing of what it takes.</p>
      </div>
    );
  }
  return <JsonTree value={input_schema} />;
}
