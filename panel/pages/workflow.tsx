// The page of one run: its picture, its steps, what happened, and what somebody may do about it.

import { hrefTo } from "../find.ts";
import type { Page, Place, ViewProps } from "../page.ts";
import { Fact, Facts } from "../parts/facts.tsx";
import { DataForms } from "../parts/data-form.tsx";
import { Decision } from "../parts/decision.tsx";
import { Events } from "../parts/events.tsx";
import { ForkForm } from "../parts/fork-form.tsx";
import { type Drawing, drawingOf, Graph } from "../parts/graph.tsx";
import { JsonTree } from "../parts/json-tree.tsx";
import { Id, Said, State, Took, When } from "../parts/marks.tsx";
import { NextActions } from "../parts/next-actions.tsx";
import { RunActions } from "../parts/run-actions.tsx";
import { runHref, Runs, templateHref, tookOf } from "../parts/runs.tsx";
import { OneStep, type StepNews, stepNewsOf } from "../parts/one-step.tsx";
import { size } from "../parts/size.ts";
import { Steps } from "../parts/steps.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { TimelineView } from "../parts/timeline.tsx";
import type { DecisionReport, EventReport, ListOf, RunRow, StatusReply } from "../replies.ts";
import { isOver } from "../run-over.ts";

interface Data {
  run: StatusReply;
  decisions: DecisionReport[];
  events: EventReport[];
  /** Runs that its steps have started. */
  children: RunRow[];
  graph: Drawing;
  /** More of the step that the address asks for. */
  chosen: StepNews | undefined;
}

const MOST_EVENTS = 200;
/** A timeline is of the whole run, as far as one answer has it. */
const MOST_DRAWN = 1_000;
const MOST_CHILDREN = 100;

/** What another run can go on from: nothing of it is done at the moment. */
const FORKED = ["completed", "failed", "cancelled", "suspended"];

export const workflow: Page<Data> = {
  path: "/workflows/:id",
  asks: ["tab", "step"],
  title: ({ run }) => run.template_name,
  async load(get, { params, query }) {
    const id = encodeURIComponent(params.id!);
    const run = await get<StatusReply>(`/runs/${id}`);
    const of = `workflow_id=${run.workflow_id}`;
    const side = query.get("tab");
    const most = side === "timeline" ? MOST_DRAWN : MOST_EVENTS;
    // What no side of the page shows is not read: a run may have a million events.
    const told = side === "timeline" || side === "events"
      ? get<ListOf<"events", EventReport>>(`/events?${of}&limit=${most}`)
      : { events: [] };
    const begun = `parent_workflow_id=${run.workflow_id}&limit=${MOST_CHILDREN}`;
    const [{ decisions }, { events }, { runs: children }, graph, chosen] = await Promise.all([
      get<ListOf<"decisions", DecisionReport>>(`/decisions?${of}&limit=50`),
      told,
      get<ListOf<"runs", RunRow>>(`/runs?${begun}`),
      drawingOf(get, `/runs/${id}/diagram?format=svg`),
      stepNewsOf(get, run, query.get("step")),
    ]);
    return { run, decisions, events, children, graph, chosen };
  },
  follows: (_, { params }) => `run=${encodeURIComponent(params.id!)}`,
  View: Workflow,
};

function Workflow({ data, place }: ViewProps<Data>) {
  const { run, decisions, events, children, graph, chosen } = data;
  const open = decisions.filter(({ status }) => status === "pending");
  const told = stepsTold(place);
  return (
    <>
      <RunFacts run={run} />
      <RunActions run={run} />
      <NextActions run={run} />
      {open.map((decision) => <Decision key={decision.id} of={decision} />)}
      <DataForms run={run} />
      <Graph of={graph} hrefOf={told.hrefOf} chosen={told.only} />
      <Tabs
        place={place}
        tabs={[
          {
            id: "steps",
            label: "Steps",
            count: Object.keys(run.steps).length,
            view: () => <StepsTab run={run} told={told} chosen={chosen} />,
          },
          {
            id: "timeline",
            label: "Timeline",
            view: () => <TimelineView events={events} cut={events.length === MOST_DRAWN} />,
          },
          {
            id: "events",
            label: "Events",
            view: () => <RunEvents events={events} run={run.workflow_id} />,
          },
          {
            id: "decisions",
            label: "Decisions",
            count: decisions.length,
            view: () => <Decisions decisions={decisions} />,
          },
          ...children.length > 0
            ? [{
              id: "children",
              label: "Runs it started",
              count: children.length,
              view: () => <Children runs={children} />,
            }]
            : [],
          { id: "output", label: "Output", view: () => <Output run={run} /> },
          ...FORKED.includes(run.status)
            ? [{ id: "fork", label: "Go on from a step", view: () => <ForkForm run={run} /> }]
            : [],
        ]}
      />
    </>
  );
}

function StepsTab(
  { run, told, chosen }: Pick<Data, "run" | "chosen"> & { told: ReturnType<typeof stepsTold> },
) {
  return (
    <>
      <Steps
        {...told}
        steps={Object.values(run.steps)}
        run={run.workflow_id}
        isOver={isOver(run.status)}
        interrupted={interruptedOf(run)}
      />
      {chosen && <OneStep of={chosen} />}
    </>
  );
}

/** Which steps the address asks for, and how it would ask for others. */
function stepsTold({ path, query }: Place) {
  return {
    only: query.get("step") || undefined,
    hrefOf: (step: string) => hrefTo(path, {}, { step }),
    all: hrefTo(path),
  };
}

/** Steps that were cut short and wait for somebody. */
function interruptedOf({ status, interrupted }: StatusReply): readonly string[] {
  return status === "suspended" ? interrupted ?? [] : [];
}

function RunFacts({ run }: { run: StatusReply }) {
  const interrupted = interruptedOf(run).length > 0;
  return (
    <Facts>
      <Fact name="Status">
        <State of={interrupted ? "interrupted" : run.status} also={run.timed_out && "timed out"} />
      </Fact>
      <Fact name="Id">
        <Id of={run.workflow_id} />
      </Fact>
      <Fact name="Template">
        <a href={templateHref(run.template_name, run.template_version)}>
          <Said text={run.template_name} /> {run.template_version}
        </a>
      </Fact>
      <Fact name="Agent">
        <Said text={run.agent_id} />
      </Fact>
      <Fact name="Created">
        <When at={run.created_at} />
      </Fact>
      {run.status === "pending" && run.start_at && (
        <Fact name="Begins">
          <When at={run.start_at} />
        </Fact>
      )}
      {run.status === "pending" && run.waits_for && (
        <Fact name="Waits for">
          {run.waits_for.map((limit) => (
            <>
              <code>
                <bdi>{limit}</bdi>
              </code>
              {" "}
            </>
          ))}
        </Fact>
      )}
      <Fact name="Took">
        <Took ms={tookOf(run)} />
      </Fact>
      {run.parent_workflow_id && (
        <Fact name="Started by">
          <a href={runHref(run.parent_workflow_id)}>a run</a> <Id of={run.parent_workflow_id} />
        </Fact>
      )}
      {run.forked_from && (
        <Fact name="Goes on from">
          <a href={runHref(run.forked_from.workflow_id)}>
            <code>
              <bdi>{run.forked_from.step_id}</bdi>
            </code>
          </a>{" "}
          <Id of={run.forked_from.workflow_id} />
        </Fact>
      )}
    </Facts>
  );
}

function RunEvents({ events, run }: { events: EventReport[]; run: string }) {
  return (
    <>
      <p class="note">
        {events.length === MOST_EVENTS && `The first ${MOST_EVENTS} events. `}
        <a href={hrefTo("/events", {}, { workflow_id: run })}>All of them on the page Events</a>
      </p>
      <Events rows={events} ofRun empty="Nothing has happened yet." />
    </>
  );
}

function Children({ runs }: { runs: RunRow[] }) {
  return (
    <>
      <Runs rows={runs} label="Runs it started" empty="It has started none." />
      {runs.length === MOST_CHILDREN && <p class="note">The newest {MOST_CHILDREN} of them.</p>}
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
        <p>The output has {size(run.output_size)}: too large to be shown here.</p>
      </div>
    );
  }
  if (run.output === undefined) {
    return (
      <div class="empty">
        <p>
          {isOver(run.status) ? "It ended without an output." : "There is no output yet."}
        </p>
      </div>
    );
  }
  return <JsonTree value={run.output} />;
}
