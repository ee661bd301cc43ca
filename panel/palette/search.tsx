// What the palette finds in the daemon: templates, runs and decisions, by the routes that list them.

import type { Around } from "../context.ts";
import { hrefTo } from "../find.ts";
import { Fault } from "../page.ts";
import { RunState } from "../parts/run-state.tsx";
import { shortId, When } from "../parts/marks.tsx";
import { runHref, templateHref } from "../parts/runs.tsx";
import type { DecisionReport, ListOf, RunRow, TemplateRow } from "../replies.ts";
import type { Entry } from "./entry.ts";

/** Of each kind. */
const MOST = 6;
const MOST_DECISIONS = 50;
/** Characters of an id by which somebody means one. */
const LEAST_ID = 4;
const ID = /^[0-9a-f][0-9a-f-]*$/i;
const WHOLE_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Somebody who writes a verb first means to start one. */
const START = /^(?:run|start)\s+(?=\S)/i;

export interface Found {
  entries: Entry[];
  /** What was not looked for, or could not be. */
  notes: string[];
}

const NOT_ALL =
  "Of an id's end only the newest runs were looked through: the list of workflows looks further.";

type Ask = NonNullable<Around["ask"]>;
type Go = NonNullable<Around["go"]>;

export async function search(text: string, { ask, go }: { ask: Ask; go: Go }): Promise<Found> {
  const name = text.replace(START, "");
  const notes = new Set<string>();
  const tried = async <Row,>(list: Promise<Row[]>): Promise<Row[]> => {
    try {
      return await list;
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      const note = noteOf(thrown);
      if (note !== undefined) notes.add(note);
      return [];
    }
  };
  const isId = ID.test(text) && text.length >= LEAST_ID;
  const [templates, named, byId, decision] = await Promise.all([
    tried(templatesLike(ask, name)),
    tried(runsLike(ask, { search: name }, () => notes.add(NOT_ALL))),
    isId ? tried(runsLike(ask, { id: text })) : [],
    WHOLE_ID.test(text) ? tried(oneDecision(ask, text)) : [],
  ]);
  const runs = new Map([...byId, ...named].map((run) => [run.id, run]));
  const open = templates.map((row) => templateEntry(row, go));
  const start = templates.map((row) => startEntry(row, go));
  return {
    entries: [
      ...name === text ? [...open, ...start] : [...start, ...open],
      ...[...runs.values()].slice(0, MOST).map((run) => runEntry(run, go)),
      ...decision.map((row) => decisionEntry(row, go)),
    ],
    notes: [...notes],
  };
}

/** What waits for somebody, the nearest deadline first. */
export async function openDecisions({ ask, go }: { ask: Ask; go: Go }): Promise<Found> {
  const path = `/decisions?status=pending&order=deadline&limit=${MOST_DECISIONS}`;
  const { decisions, next_cursor } = await ask<ListOf<"decisions", DecisionReport>>("GET", path);
  return {
    entries: decisions.map((row) => decisionEntry(row, go)),
    notes: next_cursor === undefined
      ? []
      : [`Of the decisions only the ${MOST_DECISIONS} that are nearest were looked through.`],
  };
}

async function templatesLike(ask: Ask, name: string): Promise<TemplateRow[]> {
  const path = hrefTo("/templates", {}, { latest: "true", search: name, limit: String(MOST) });
  return (await ask<ListOf<"templates", TemplateRow>>("GET", path)).templates;
}

/** `isPart`: hears that not all were looked through, and none was found. */
async function runsLike(
  ask: Ask,
  filter: Record<string, string>,
  isPart?: () => void,
): Promise<RunRow[]> {
  const path = hrefTo("/runs", {}, { ...filter, limit: String(MOST) });
  const { runs, next_cursor } = await ask<ListOf<"runs", RunRow>>("GET", path);
  if (runs.length === 0 && next_cursor !== undefined) isPart?.();
  return runs;
}

async function oneDecision(ask: Ask, id: string): Promise<DecisionReport[]> {
  return [await ask<DecisionReport>("GET", `/decisions/${encodeURIComponent(id)}`)];
}

/** A text that is no id and begins no name is no fault of whoever looks for something. */
function noteOf({ status, message, details }: Fault): string | undefined {
  if (status === 404) return undefined;
  if (status !== 400) return message;
  if (details.limit === undefined) return undefined;
  return `Runs: ${message.replace(/^filter\.search: /, "")}.`;
}

function templateEntry({ name, version, description }: TemplateRow, go: Go): Entry {
  return {
    id: `template ${name}`,
    group: "Templates",
    label: name,
    detail: [version, description].filter(Boolean).join(" · "),
    choose: () => go(templateHref(name)),
  };
}

function startEntry({ name, version }: TemplateRow, go: Go): Entry {
  return {
    id: `start ${name}`,
    group: "Start a run",
    label: `Run ${name}`,
    detail: version,
    choose: () => go(hrefTo("/templates/:name", { name }, { tab: "run" })),
  };
}

function runEntry(run: RunRow, go: Go): Entry {
  return {
    id: `run ${run.id}`,
    group: "Runs",
    label: run.name ?? run.template_name,
    detail: (
      <>
        <RunState run={run} /> <code class="id">{shortId(run.id)}</code>{" "}
        <When at={run.created_at} />
      </>
    ),
    choose: () => go(runHref(run.id)),
  };
}

function decisionEntry(row: DecisionReport, go: Go): Entry {
  const { id, step_id, workflow_id, created_at, status, context } = row;
  const { prompt } = (context ?? {}) as { prompt?: unknown };
  const asked = typeof prompt === "string" ? [...prompt].slice(0, 120).join("") : step_id;
  return {
    id: `decision ${id}`,
    group: "Decisions",
    label: asked,
    words: `${step_id} ${id} ${workflow_id} answer`,
    detail: (
      <>
        <code>
          <bdi>{step_id}</bdi>
        </code>{" "}
        {status !== "pending" && `${status} `}
        <When at={created_at} />
      </>
    ),
    choose: () => go(runHref(workflow_id)),
  };
}
