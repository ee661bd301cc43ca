// How events look in a list.

import { Fragment } from "preact";
import type { EventReport } from "../replies.ts";
import { JsonTree } from "./json-tree.tsx";
import { Marked, Said, shortId, When } from "./marks.tsx";
import { runHref } from "./runs.tsx";
import { size } from "./size.ts";
import { type Column, Table } from "./table.tsx";

const NUMBER: Column<EventReport> = {
  head: "#",
  cell: ({ sequence }) => sequence,
  end: true,
  wide: true,
};

/** The state that somebody looks for among many events; undefined: none such. */
function stateTold(type: string): string | undefined {
  return /_(failed|timed_out|interrupted)$/.exec(type)?.[1];
}

/** `ofRun`: all are of the run that the page is about. */
export function Events(
  { rows, ofRun, empty }: { rows: readonly EventReport[]; ofRun?: boolean; empty: string },
) {
  const run: Column<EventReport> = {
    head: "Run",
    cell: ({ workflow_id }) => (
      <a href={runHref(workflow_id)} title={workflow_id}>
        <code class="whole">{shortId(workflow_id)}</code>
      </a>
    ),
  };
  const columns: Column<EventReport>[] = [
    // Only within its run the number says something.
    ...(ofRun ? [NUMBER] : []),
    {
      head: "Event",
      cell: ({ event_type }) => <Marked state={stateTold(event_type)} name={event_type} />,
    },
    ...(ofRun ? [] : [run]),
    {
      head: "Step",
      cell: ({ step_id }) => step_id && <StepPath id={step_id} />,
    },
    { head: "Payload", cell: (event) => <Payload event={event} />, wide: true },
    { head: "When", cell: ({ timestamp }) => <When at={timestamp} />, end: true },
  ];
  return (
    <Table
      label="Events"
      columns={columns}
      rows={rows}
      keyOf={({ id }) => String(id)}
      empty={<p>{empty}</p>}
    />
  );
}

/** Where there is no room for it, it goes on in another line behind a dot. */
function StepPath({ id }: { id: string }) {
  return (
    <code>
      {id.split(/(?<=\.)/).map((part, at) => (
        <Fragment key={at}>
          {at > 0 && <wbr />}
          <Said text={part} />
        </Fragment>
      ))}
    </code>
  );
}

function Payload({ event: { payload, payload_size } }: { event: EventReport }) {
  if (payload_size !== undefined) return <span class="none">{size(payload_size)}</span>;
  if (payload === undefined || payload === null) return null;
  const keys = typeof payload === "object" ? Object.keys(payload).join(", ") : String(payload);
  return (
    <details>
      <summary>
        <Said text={keys} most={60} />
      </summary>
      <JsonTree value={payload} />
    </details>
  );
}
