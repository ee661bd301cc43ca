// How what a version changes looks: steps that come and go, and values before and after.

import type { TemplateDiff } from "../replies.ts";
import { Said } from "./marks.tsx";
import { type Column, Table } from "./table.tsx";

type Value = NonNullable<TemplateDiff["values"]>[number];

export function DiffView({ of }: { of: TemplateDiff }) {
  const { against, added, removed, changed, workflow, values = [], values_left_out } = of;
  const isSame = [added, removed, changed, workflow].every((list) => list.length === 0);
  if (against === null) return <p class="note">It is the first version.</p>;
  if (isSame) return <p class="note">Nothing of it differs from {against}.</p>;
  return (
    <div class="diff">
      <Steps label="Added" sign="+" ids={added} />
      <Steps label="Removed" sign="−" ids={removed} />
      <Steps label="Changed" sign="~" ids={changed.map(({ step_id }) => step_id)} />
      {values.length > 0 && (
        <Table
          label={`Values that differ from ${against}`}
          columns={COLUMNS}
          rows={values}
          keyOf={({ step_id, path }) => `${step_id ?? ""} ${path}`}
          empty=""
        />
      )}
      {values.length === 0 && workflow.length > 0 && (
        <p>Around the steps: {workflow.map((field) => <code key={field}>{field}</code>)}</p>
      )}
      {(values_left_out !== undefined || of.truncated) && (
        <p class="note">More differs than is shown{values_left_out && `: ${values_left_out}`}.</p>
      )}
    </div>
  );
}

function Steps({ label, sign, ids }: { label: string; sign: string; ids: readonly string[] }) {
  if (ids.length === 0) return null;
  return (
    <p>
      <span class="none">{label}:</span>{" "}
      {ids.slice(0, 50).map((id) => (
        <code key={id} class="change">
          {sign} <Said text={id} most={60} />
        </code>
      ))}
      {ids.length > 50 && <span class="none">and {ids.length - 50} more</span>}
    </p>
  );
}

const COLUMNS: Column<Value>[] = [
  {
    head: "Of",
    cell: ({ step_id }) => (
      <code>{step_id === undefined ? "the workflow" : <Said text={step_id} most={60} />}</code>
    ),
  },
  {
    head: "Member",
    cell: ({ path }) => (
      <code>
        <Said text={path} most={80} />
      </code>
    ),
  },
  { head: "Before", cell: (value) => <Side value={value} of="old" /> },
  { head: "After", cell: (value) => <Side value={value} of="new" /> },
];

function Side({ value, of }: { value: Value; of: "old" | "new" }) {
  if (!Object.hasOwn(value, of)) return <span class="none">–</span>;
  return (
    <code class={of}>
      <Said text={JSON.stringify(value[of])} most={200} />
    </code>
  );
}
