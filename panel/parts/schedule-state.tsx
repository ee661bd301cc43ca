// How a schedule stands, in a list: its state, whether its runs fail, and why it stopped.

import type { ScheduleRow } from "../replies.ts";
import { Said, State } from "./marks.tsx";

export function ScheduleState({ of: { status, failing, reason } }: { of: ScheduleRow }) {
  return (
    <>
      <State of={failing ? "failed" : status} also={failing && "five times in a row"} />
      {reason && (
        <div class="note">
          <Said text={reason} />
        </div>
      )}
    </>
  );
}
