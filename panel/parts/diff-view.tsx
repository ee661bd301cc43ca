// How what a version changes looks: steps that come and go, and values before and after.

import type { TemplateDiff } from "../replies.ts";
import { Said } from "./marks.tsx";

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
      <ul class="changes">
        {values.map((value) => (
          <li key={`${value.step_id ?? ""} ${value.path}`}>
            <code class="none">
              {value.step_id !== undefined && (
                <>
                  <Said text={value.step_id} most={60} />
                  {" › "}
                </>
              )}
              <Said text={value.path} most={80} />
            </code>
            <Side value={value} of="old" />
            <Side value={value} of="new" />
          </li>
        ))}
      </ul>
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

function Side({ value, of }: { value: Value; of: "old" | "new" }) {
  if (!Object.hasOwn(value, of)) return null;
  return (
    <code class={of}>
      {of === "old" ? "− " : "+ "}
      <Said text={JSON.stringify(value[of])} most={200} />
    </code>
  );
}
