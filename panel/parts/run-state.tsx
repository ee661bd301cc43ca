// How the state of a run in a list looks: interrupted where it is, and why it failed.

import type { RunRow } from "../replies.ts";
import { State } from "./marks.tsx";

export function RunState({ run: { status, interrupted, error } }: { run: RunRow }) {
  const isInterrupted = status === "suspended" && interrupted !== undefined;
  return (
    <>
      <State of={isInterrupted ? "interrupted" : status} />
      {error && status === "failed" && <code class="why">{error.code}</code>}
    </>
  );
}
