// How rows of a list are chosen: a box each, one for all that are shown, and with Shift all between two.

import { useAround } from "../context.ts";
import type { RunRow } from "../replies.ts";
import { shortId } from "./marks.tsx";
import type { Selection } from "./selection.ts";
import type { Column } from "./table.tsx";

export function markColumn(rows: readonly RunRow[], selection: Selection): Column<RunRow> {
  return {
    head: "Chosen",
    headCell: <MarkAll count={rows.length} selection={selection} />,
    mark: true,
    cell: (run) => <Mark run={run} selection={selection} />,
  };
}

function Mark({ run: { id, name, template_name }, selection }: {
  run: RunRow;
  selection: Selection;
}) {
  const { act } = useAround();
  return (
    <label>
      <input
        type="checkbox"
        disabled={!act}
        aria-label={`Choose ${name ?? template_name} ${shortId(id)}`}
        checked={selection.has(id)}
        onClick={(event) => selection.set(id, event.currentTarget.checked, event.shiftKey)}
      />
    </label>
  );
}

function MarkAll({ count, selection }: { count: number; selection: Selection }) {
  const { act } = useAround();
  const { length } = selection.chosen;
  return (
    <label>
      <input
        type="checkbox"
        disabled={!act}
        aria-label="Choose all that are shown"
        checked={length === count}
        indeterminate={length > 0 && length < count}
        onClick={(event) => selection.all(event.currentTarget.checked)}
      />
    </label>
  );
}
