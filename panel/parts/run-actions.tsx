// What somebody may do with a run: end it, or do it again.

import { useRef } from "preact/hooks";
import { useAround } from "../context.ts";
import type { StatusReply } from "../replies.ts";
import { runHref } from "./runs.tsx";

const OVER = ["completed", "failed", "cancelled"];

export function RunActions({ run }: { run: StatusReply }) {
  const { act, go } = useAround();
  const asking = useRef<HTMLDialogElement>(null);
  const path = `/runs/${run.workflow_id}`;
  const isOver = OVER.includes(run.status);
  const cancel = async () => {
    asking.current?.close();
    await act!({ method: "POST", path: `${path}/cancel`, body: {}, done: "Cancelled" });
  };
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
      {!isOver && (
        <button type="button" disabled={!act} onClick={() => asking.current?.showModal()}>
          Cancel
        </button>
      )}
      <button type="button" disabled={!act} onClick={rerun}>Run again</button>
      <dialog ref={asking} aria-label="Cancel this run?">
        <p>
          Cancel this run? What it does at this moment is stopped, what it has done stays done, and
          it cannot go on afterwards.
        </p>
        <div class="options">
          <button type="button" class="main bad" onClick={cancel}>Cancel the run</button>
          <button type="button" onClick={() => asking.current?.close()}>Let it go on</button>
        </div>
      </dialog>
    </div>
  );
}
