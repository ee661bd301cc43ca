// How somebody is asked before many runs are cancelled or tried again, and told what came of it.

import { useEffect, useRef, useState } from "preact/hooks";
import { useAround } from "../context.ts";
import { Fault } from "../page.ts";
import type { BulkReply, RunRow } from "../replies.ts";
import { BulkReport, Told } from "./bulk-report.tsx";
import { Said, shortId } from "./marks.tsx";
import { RunState } from "./run-state.tsx";

export interface Bulk {
  action: BulkReply["action"];
  of: { filter: Record<string, string> } | { workflow_ids: string[] };
  /** Of which runs some may not be such that it can be done, in words. */
  among: string;
}

type Stage =
  | { at: "counting" | "doing" }
  | { at: "asking"; found: BulkReply }
  | { at: "done"; reply: BulkReply }
  | { at: "refused"; why: string };

const WORDS = {
  cancel: { title: "Cancel runs", does: "Cancel", did: "cancelled", leaves: "Let them go on" },
  retry: { title: "Retry runs", does: "Retry", did: "tried again", leaves: "Back" },
} as const;

export interface BulkDialogProps {
  bulk: Bulk;
  onLeave(): void;
  /** It was done, and what came of it was seen. */
  onDone(): void;
}

/** Counted first; done with that count alone, so that a run that nobody was told of is not among them. */
function useBulk(bulk: Bulk) {
  const { ask } = useAround();
  const [stage, setStage] = useState<Stage>({ at: "counting" });
  const send = (more: object) =>
    ask!<BulkReply>("POST", `/runs/bulk/${bulk.action}`, { ...bulk.of, ...more });
  const refused = (thrown: unknown) => {
    if (!(thrown instanceof Fault)) throw thrown;
    setStage({ at: "refused", why: thrown.message });
  };
  const count = () => {
    setStage({ at: "counting" });
    send({}).then((found) => setStage({ at: "asking", found }), refused);
  };
  const confirm = (found: BulkReply, reason: string) => {
    setStage({ at: "doing" });
    send({
      confirm: found.count,
      digest: found.digest,
      agent_id: "panel",
      ...(reason !== "" && { reason }),
    })
      .then((reply) => setStage({ at: "done", reply }), refused);
  };
  return { stage, count, confirm };
}

export function BulkDialog({ bulk, onLeave, onDone }: BulkDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { stage, count, confirm } = useBulk(bulk);
  const [reason, setReason] = useState("");
  const words = WORDS[bulk.action];
  useEffect(() => {
    dialog.current!.showModal();
    count();
  }, []);
  const asked = stage.at === "asking" && stage.found.count > 0 ? stage.found : undefined;
  return (
    <dialog
      ref={dialog}
      class="bulk-dialog"
      aria-label={words.title}
      onClose={() => stage.at === "done" ? onDone() : onLeave()}
      onCancel={(event) => stage.at === "doing" && event.preventDefault()}
    >
      <h2>{words.title}</h2>
      <div role="status">
        <Standing stage={stage} bulk={bulk} />
      </div>
      {asked && (
        <label class="reason">
          <span>Why (kept in the log of each)</span>
          <input value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
      )}
      <div class="options">
        {asked && (
          <button
            type="button"
            class={bulk.action === "cancel" ? "main bad" : "main"}
            onClick={() => confirm(asked, reason.trim())}
          >
            {words.does} {runsOf(asked.count)}
          </button>
        )}
        {stage.at === "refused" && <button type="button" onClick={count}>Count again</button>}
        <button
          type="button"
          disabled={stage.at === "doing"}
          onClick={() => dialog.current!.close()}
        >
          {asked ? words.leaves : "Close"}
        </button>
      </div>
    </dialog>
  );
}

function Standing({ stage, bulk }: { stage: Stage; bulk: Bulk }) {
  switch (stage.at) {
    case "counting":
      return <p>Counting…</p>;
    case "doing":
      return <p>Under way: each is told by itself…</p>;
    case "refused":
      return <p class="refused">Nothing was done: {stage.why}</p>;
    case "asking":
      return <Asked found={stage.found} bulk={bulk} />;
    case "done":
      return <BulkReport of={stage.reply} did={WORDS[bulk.action].did} />;
  }
}

function runsOf(count: number): string {
  return count === 1 ? "1 run" : `${count.toLocaleString("en")} runs`;
}

const MAY = { cancel: "can be cancelled", retry: "can be tried again" };

const MEANS = {
  cancel:
    "What they do at this moment is stopped, what they have done stays done, and they cannot " +
    "go on afterwards.",
  retry: "Each goes on at the step that it failed of.",
};

/** What would be done, before it is. */
function Asked(
  { found, bulk: { action, among } }: { found: BulkReply; bulk: Bulk },
) {
  const { count, left_out = [] } = found;
  const sample = (found.sample ?? []) as unknown as RunRow[];
  return (
    <>
      <p>
        {among}: {count === 0 ? "none of them" : <b>{runsOf(count)}</b>} {MAY[action]}.
        {count > 0 && ` ${MEANS[action]}`}
      </p>
      <ul class="plain sample">
        {sample.map((run) => (
          <li key={run.id}>
            <Said text={run.name ?? run.template_name} most={40} />{" "}
            <code class="id" title={run.id}>{shortId(run.id)}</code> <RunState run={run} />
          </li>
        ))}
        {count > sample.length && <li class="note">and {runsOf(count - sample.length)} more</li>}
      </ul>
      <Told
        title={`Not among them: ${runsOf(left_out.length)}`}
        of={left_out.map(({ workflow_id, why }) => ({ id: workflow_id, text: why }))}
      />
    </>
  );
}
