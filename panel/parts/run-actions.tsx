// What somebody may do with a run: end it, or do it again.

import { useAround } from "../context.ts";
import type { StatusReply } from "../replies.ts";
import { isOver } from "../run-over.ts";
import { Confirm } from "./confirm.tsx";
import { runHref } from "./runs.tsx";

export function RunActions({ run }: { run: StatusReply }) {
  const { act, go } = useAround();
  const path = `/runs/${run.workflow_id}`;
  const cancel = () =>
    void act!({ method: "POST", path: `${path}/cancel`, body: {}, done: "Cancelled" });
  const rerun = async () => {
    const made = await act!({
      method: "POST",
      path: `${path}/rerun`,
      body: {},
      done: "It runs again",
    }) as { workflow_id: string } | undefined;
    if (made) go?.(runHref(made.workflow_id));
  };
  return (
    <div class="actions">
      {!isOver(run.status) && (
        <Confirm
          label="Cancel"
          title="Cancel this run?"
          does="Cancel the run"
          leaves="Let it go on"
          onConfirm={cancel}
        >
          <p>
            What it does at this moment is stopped, what it has done stays done, and it cannot go on
            afterwards.
          </p>
        </Confirm>
      )}
      <button type="button" disabled={!act} onClick={rerun}>Run again</button>
    </div>
  );
}
