// What somebody may do with a run: end it, or do it again.

import type { ComponentChildren } from "preact";
import { useAround } from "../context.ts";
import type { StatusReply } from "../replies.ts";
import { isOver } from "../run-over.ts";
import { Confirm } from "./confirm.tsx";
import { runHref } from "./runs.tsx";

export function RunActions({ run }: { run: StatusReply }) {
  const { act, go } = useAround();
  const rerun = async () => {
    const made = await act!({
      method: "POST",
      path: `/runs/${run.workflow_id}/rerun`,
      body: {},
      done: "It runs again",
    }) as { workflow_id: string } | undefined;
    if (made) go?.(runHref(made.workflow_id));
  };
  return (
    <div class="actions">
      {!isOver(run.status) && (
        <Cancel run={run.workflow_id} label="Cancel" leaves="Let it go on">
          What it does at this moment is stopped, what it has done stays done, and it cannot go on
          afterwards.
        </Cancel>
      )}
      <button type="button" disabled={!act} onClick={rerun}>Run again</button>
    </div>
  );
}

export interface CancelProps {
  run: string;
  label: string;
  /** On the button that does not. */
  leaves: string;
  /** What becomes of it. */
  children: ComponentChildren;
}

export function Cancel({ run, label, leaves, children }: CancelProps) {
  const { act } = useAround();
  const path = `/runs/${run}/cancel`;
  const cancel = () => void act!({ method: "POST", path, body: {}, done: "Cancelled" });
  return (
    <Confirm
      label={label}
      title="Cancel this run?"
      does="Cancel the run"
      leaves={leaves}
      onConfirm={cancel}
    >
      <p>{children}</p>
    </Confirm>
  );
}
