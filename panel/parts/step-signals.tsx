// What somebody may tell a run of one of its steps: to do it again, or to go on without it.

import type { ComponentChildren } from "preact";
import { useAround } from "../context.ts";
import { Confirm } from "./confirm.tsx";
import { Said } from "./marks.tsx";

/** What sends a signal to the run; undefined without a browser. `step`: of which; absent: of the run. */
export function useSignals(run: string) {
  const { act } = useAround();
  if (!act) return undefined;
  const send = (signal_type: "retry" | "skip" | "data", done: string, step?: string) =>
    act({
      method: "POST",
      path: `/runs/${run}/signal`,
      body: { signal_type, ...(step !== undefined && { step_id: step }), payload: {} },
      done,
    });
  return {
    retry: (step: string) => void send("retry", `${step} runs again`, step),
    skip: (step: string) => send("skip", `${step} is skipped`, step),
    /** Of a run that is held because processes died of it. */
    release: () => void send("retry", "It is loaded again"),
    /** All that an interruption has cut short. */
    retryAll: () => void send("data", "They run again"),
  };
}

export interface SkipProps {
  step: string;
  /** On the button, and what it says to who does not see where it stands. */
  label: ComponentChildren;
  name?: string;
  onSkip(): void;
}

/** Asked first: an output that is null goes on into what reads it. */
export function Skip({ step, label, name, onSkip }: SkipProps) {
  return (
    <Confirm
      label={label}
      {...(name !== undefined && { name })}
      title="Skip this step?"
      does="Skip the step"
      onConfirm={onSkip}
    >
      <p>
        The run goes on without{" "}
        <code>
          <Said text={step} most={100} />
        </code>: its output is null for all that reads it. This cannot be undone.
      </p>
    </Confirm>
  );
}
