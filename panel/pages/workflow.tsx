// The page of one run: its picture, its steps, what happened, and what somebody may do about it.

import type { Page, ViewProps } from "../page.ts";
import { Decision } from "../parts/decision.tsx";
import { Events } from "../parts/events.tsx";
import { ErrorBox } from "../parts/fault.tsx";
import { type Drawing, drawingOf, Graph } from "../parts/graph.tsx";
import { JsonTree } from "../parts/json-tree.tsx";
import { Id, Said, State, Took, When } from "../parts/marks.tsx";
import { RunActions } from "../parts/run-actions.tsx";
import { runHref, templateHref, tookOf } from "../parts/runs.tsx";
import { Steps } from "../parts/steps.tsx";
import { Tabs } from "../parts/tabs.tsx";
import type { DecisionReport, EventReport, ListOf, StatusReply } from "../replies.ts";

interface Data {
  run: StatusReply;
  decisions: DecisionReport[];
  events: EventReport[];
  graph: Drawing;
}

const MOST_EVENTS = 200;

export const workflow: Page<Data> = {
  path: "/workflows/:id",
  title: ({ run }) => run.template_name,
  async load(get, { params }) {
    const id = encodeURIComponent(params.id!);
    const run = await get<StatusReply>(`/runs/${id}`);
    const of = `workflow_id=${id}`;
    const [{ decisions }, { events }, graph] = await Promise.all([
      get<ListOf<"decisions", DecisionReport>>(`/decisions?${of}&limit=50`),
      get<ListOf<"events", EventReport>>(`/events?${of}&limit=${MOST_EVENTS}`),
      drawingOf(get, `/runs/${id}/diagram?format=svg`),
    ]);
    return { run, decisions, events, graph };
  },
  follows: (_, { params }) => `run=${encodeURIComponent(params.id!)}`,
  View: Workflow,
};

function Workflow({ data, place }: ViewProps<Data>) {
  const { run, decisions, events, graph } = data;
  const open = decisions.filter(({ status }) => status === "pending");
  const steps = Object.values(run.steps);
  return (
    <>
      <Facts run={run} />
      <RunActions run={run} />
      {run.error && <ErrorBox error={run.error} />}
      {open.map((decision) => <Decision key={decision.id} of={decision} />)}
      <Graph of={graph} />
      <Tabs
        place={place}
        tabs={[
          {
            id: "steps",
            label: "Steps",
            count: steps.length,
            view: () => <Steps steps={steps} run={run.workflow_id} />,
          },
          {
            id: "events",
            label: "Events",
            view: () => <RunEvents events={events} />,
          },
          {
            id: "decisions",
            label: "Decisions",
            count: decisions.length,
            view: () => <Decisions decisions={decisions} />,
          },
          { id: "output", label: "Output", view: () => <Output run={run} /> },
        ]}
      />
    </>
  );
}

function Facts({ run }: { run: StatusReply }) {
  const interrupted = run.interrupted && run.status === "suspended";
  return (
    <dl class="facts">
      <dt>Status</dt>
      <dd>
        <State of={interrupted ? "interrupted" : run.status} also={run.timed_out && "timed out"} />
      </dd>
      <dt>Id</dt>
      <dd>
        <Id of={run.workflow_id} />
      </dd>
      <dt>Template</dt>
      <dd>
        <a href={templateHref(run.template_name, run.template_version)}>
          <Said text={run.template_name} /> {run.template_version}
        </a>
      </dd>
      <dt>Agent</dt>
      <dd>
        <Said text={run.agent_id} />
      </dd>
      <dt>Created</dt>
      <dd>
        <When at={run.created_at} />
      </dd>
      <dt>Took</dt>
      <dd>
        <Took ms={tookOf(run)} />
      </dd>
      {run.parent_workflow_id && (
        <>
          <dt>Started by</dt>
          <dd>
            <a href={runHref(run.parent_workflow_id)}>a run</a> <Id of={run.parent_workflow_id} />
          </dd>
        </>
      )}
      {run.forked_from && (
        <>
          <dt>Goes on from</dt>
          <dd>
            <a href={runHref(run.forked_from.workflow_id)}>
              <code>
                <bdi>{run.forked_from.step_id}</bdi>
              </code>
            </a>{" "}
            <Id of={run.forked_from.workflow_id} />
          </dd>
        </>
      )}
    </dl>
  );
}

function RunEvents({ events }: { events: EventReport[] }) {
  return (
    <>
      {events.length === MOST_EVENTS && (
        <p class="note">The first {MOST_EVENTS} events; the page Events has all of them.</p>
      )}
      <Events rows={events} ofRun empty="Nothing has happened yet." />
    </>
  );
}

function Decisions({ decisions }: { decisions: DecisionReport[] }) {
  if (decisions.length === 0) {
    return (
      <div class="empty">
        <p>Nobody was asked anything.</p>
      </div>
    );
  }
  return <>{decisions.map((decision) => <Decision key={decision.id} of={decision} />)}</>;
}

function Output({ run }: { run: StatusReply }) {
  if (run.output_size !== undefined) {
    return (
      <div class="empty">
        <p>The output has {run.output_size} bytes.</p>
      </div>
    );
  }
  if (run.output === undefined) {
    return (
      <div class="empty">
        <p>There is no output yet.</p>
      </div>
    );
  }
  return <JsonTree value={run.output} />;
}
