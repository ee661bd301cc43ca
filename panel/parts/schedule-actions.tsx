// What somebody may do with a schedule at once: run it now, pause it, let it go on.

import { useAround } from "../context.ts";
import type { ScheduleRow } from "../replies.ts";

export function ScheduleActions({ of: { id, name, status } }: { of: ScheduleRow }) {
  const { act } = useAround();
  const path = `/schedules/${id}`;
  const isAtWork = status === "active";
  const isOver = status === "ended";
  const pause = () =>
    void act!({
      method: "PATCH",
      path,
      body: { enabled: !isAtWork },
      done: isAtWork ? `${name} is paused` : `${name} goes on`,
    });
  const run = () =>
    void act!({ method: "POST", path: `${path}/run`, body: {}, done: `${name} runs` });
  return (
    <>
      <button type="button" disabled={!act || isOver} onClick={run} aria-label={`Run now: ${name}`}>
        Run now
      </button>
      {status !== "retired" && (
        <button
          type="button"
          disabled={!act || isOver}
          onClick={pause}
          aria-label={`${isAtWork ? "Pause" : "Resume"}: ${name}`}
        >
          {isAtWork ? "Pause" : "Resume"}
        </button>
      )}
    </>
  );
}
