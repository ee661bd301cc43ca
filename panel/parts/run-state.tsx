// How the state of a run in a list looks: interrupted where it is, and why it failed.

import type { RunRow } from "../replies.ts";
import { State } from "./marks.tsx";

export function RunState({ run: { status, interrupted, error } }: { run: RunRow }) {
  const isInterrupted = status === "suspended" && interrupted !== undefined;
  const state = <State of={isInterrupted ? "interrupted" : status} />;
  if (!error || status !== "failed") return state;
  return (
    <span class="explained">
      {state}
      <code class="why">{error.code}</code>
    </span>
  );
}
