// How the steps of a run look: in the order of the definition, inner ones below what holds them.

import { hrefTo } from "../find.ts";
import type { StepState } from "../replies.ts";
import { ErrorBox } from "./fault.tsx";
import { JsonTree } from "./json-tree.tsx";
import { Left, Said, State, Took, When } from "./marks.tsx";
import { runHref } from "./runs.tsx";
import { size } from "./size.ts";
import { Skip, useSignals } from "./step-signals.tsx";
import { type Column, Table } from "./table.tsx";

/** Steps of which the page shows at most so many; the rest is told. */
const MOST = 500;

export interface StepsProps {
  steps: readonly StepState[];
  run: string;
  /** Where more is told of a step, by its full id. */
  hrefOf(step: string): string;
  /** Where all are told. */
  all: string;
  /** The full id of the one that is told with what is inside it; `iter_*`: in any iteration. */
  only: string | undefined;
  /** The run has ended: what has not begun by then never does. */
  isOver: boolean;
  /** Those that were cut short, and of which somebody has yet to say how they go on. */
  interrupted: readonly string[];
}

export function Steps({ steps: every, run, hrefOf, all, only, ...state }: StepsProps) {
  const steps = only === undefined ? every : every.filter(({ step_id }) => isOf(step_id, only));
  const most = Math.max(0, ...steps.map(({ duration_ms }) => duration_ms ?? 0));
  const columns: Column<StepState>[] = [
    { head: "Step", cell: ({ step_id }) => <StepName id={step_id} href={hrefOf(step_id)} /> },
    { head: "Status", cell: (step) => <State of={stateOf(step, state)} also={triesOf(step)} /> },
    { head: "Took", cell: ({ duration_ms }) => <Took ms={duration_ms} most={most} />, wide: true },
    { head: "Began", cell: ({ started_at }) => <Began at={started_at} />, wide: true },
    {
      head: "Result",
      cell: (step) => <Outcome step={step} run={run} open={only !== undefined} />,
    },
  ];
  return (
    <>
      {only !== undefined && <Only step={only} all={all} run={run} />}
      <Table
        label="Steps"
        columns={columns}
        rows={steps.slice(0, MOST)}
        keyOf={({ step_id }) => step_id}
        empty={<p>{only === undefined ? "No step has begun." : "It has not begun."}</p>}
      />
      {steps.length > MOST && <p class="note">{steps.length - MOST} more steps are not shown.</p>}
    </>
  );
}

function stateOf(
  { step_id, status }: StepState,
  { isOver, interrupted }: Pick<StepsProps, "isOver" | "interrupted">,
): string {
  if (interrupted.includes(step_id)) return "interrupted";
  return isOver && ["pending", "scheduled"].includes(status) ? "not_reached" : status;
}

/** Whether it is that step, in whichever iteration, or inside it. */
function isOf(id: string, only: string): boolean {
  return [id, id.replace(/(?<=\.)iter_\d+(?=\.)/g, "iter_*")]
    .some((one) => one === only || one.startsWith(`${only}.`));
}

function Only({ step, all, run }: { step: string; all: string; run: string }) {
  return (
    <p class="note">
      Only{" "}
      <code>
        <Said text={step} most={100} />
      </code>{" "}
      and what is inside it. <a href={all}>All steps</a>
      {!step.includes("*") && (
        <>
          {", "}
          <a href={hrefTo("/events", {}, { workflow_id: run, step_id: step })}>its events</a>
        </>
      )}
    </p>
  );
}

function StepName({ id, href }: { id: string; href: string }) {
  const path = id.split(".");
  return (
    <a href={href} class="quiet">
      <code class={`step depth${Math.min(4, path.length - 1)}`} title={id}>
        <Said text={path.length > 1 ? path.slice(-2).join(".") : id} most={60} />
      </code>
    </a>
  );
}

function Began({ at }: { at: string | undefined }) {
  return at === undefined ? <span class="none">–</span> : <When at={at} />;
}

function triesOf({ attempt }: StepState): string | undefined {
  return attempt > 1 ? `attempt ${attempt}` : undefined;
}

function Outcome({ step, run, open }: { step: StepState; run: string; open: boolean }) {
  const { error, output, output_size, child_workflow_id, due_at, status } = step;
  return (
    <>
      {error && <ErrorBox error={error} />}
      {child_workflow_id && <a href={runHref(child_workflow_id)}>the run it started</a>}
      {output_size !== undefined && <span class="none">output of {size(output_size)}</span>}
      {output !== undefined && output !== null && (
        <details open={open}>
          <summary>output</summary>
          <JsonTree value={output} path={`steps.${step.step_id}.output`} />
        </details>
      )}
      {due_at && <Left until={due_at} />}
      {status === "failed" && <StepActions step={step.step_id} run={run} />}
    </>
  );
}

function StepActions({ step, run }: { step: string; run: string }) {
  const signals = useSignals(run);
  return (
    <span class="actions start">
      <button
        type="button"
        disabled={!signals}
        aria-label={`Retry: ${step}`}
        onClick={() => signals?.retry(step)}
      >
        Retry
      </button>
      <Skip
        step={step}
        label="Skip"
        name={`Skip: ${step}`}
        onSkip={() => void signals?.skip(step)}
      />
    </span>
  );
}
