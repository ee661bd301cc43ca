// What the log's last word on a step says of how it stands, for answers that leave the step out.

import type { JsonObject } from "../../core/json.ts";

const OUTCOMES: Readonly<Record<string, string>> = {
  step_started: "running",
  step_completed: "completed",
  step_failed: "failed",
  step_skipped: "skipped",
};

/**
 * `status` and, where there are any, `output`, `error`, and `duration_ms` (ms) of a step, by its events
 * from the oldest on. All pages are read, since a loop or many attempts fill some; nothing of a step
 * that has not begun.
 */
export async function stepOutcome(
  pages: AsyncIterable<readonly JsonObject[]>,
): Promise<JsonObject> {
  let last: JsonObject | undefined;
  for await (const events of pages) {
    last = events.findLast(({ event_type }) => Object.hasOwn(OUTCOMES, String(event_type))) ?? last;
  }
  if (last === undefined) return {};
  const { output, error, duration_ms } = (last.payload ?? {}) as JsonObject;
  return {
    status: OUTCOMES[String(last.event_type)]!,
    ...(output !== undefined && { output }),
    ...(error !== undefined && { error }),
    ...(duration_ms !== undefined && { duration_ms }),
  };
}
