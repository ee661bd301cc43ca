// Whether steps were retried as their policies say: as often, as late, and only for what may pass.

import { parseDuration } from "../../../core/duration.ts";
import { type ErrorObject, isRetryable } from "../../../core/errors.ts";
import type { RetryPolicy } from "../../../engine/definition/types.ts";
import type { History } from "./history.ts";
import type { LogEvent } from "./past.ts";
import { guardFails } from "./guards.ts";
import { isForced } from "./handlers.ts";
import { isDoomed } from "./order.ts";
import type { Place } from "./places.ts";

export function checkRetries(history: History): string[] {
  return history.events.flatMap((event) => {
    const place = event.stepId === null ? undefined : history.book.find(event.stepId);
    if (!place) return [];
    const where = `event ${event.seq} (${event.type} ${place.id})`;
    const problems = event.type === "step_retry_attempt"
      ? checkAttempt(history, event, place)
      : event.type === "step_started"
      ? checkDelay(history, event, place)
      : event.type === "step_failed"
      ? checkGivenUp(history, event, place)
      : [];
    return problems.map((problem) => `${where}: ${problem}`);
  });
}

/** Before retry `n` (from 0), in ms. */
export function delayOf(policy: RetryPolicy, n: number): number {
  const delay = policy.delay === undefined ? 0 : parseDuration(policy.delay);
  const most = policy.max_delay === undefined ? Infinity : parseDuration(policy.max_delay);
  const factor = { none: 0, constant: 1, linear: n + 1, exponential: 2 ** n };
  return Math.min(delay * factor[policy.backoff ?? "constant"], most);
}

function checkAttempt(history: History, event: LogEvent, place: Place): string[] {
  const { retry } = place.step;
  if (!retry) return ["the step has no retry policy"];
  const found: string[] = [];
  const { retries } = history.step(place.id, event.seq);
  if (retries >= retry.max) found.push(`it was retried ${retries} times of ${retry.max} already`);
  if (!isRetryable(event.data.error as unknown as ErrorObject)) found.push("its error is final");
  const delay = delayOf(retry, retries);
  if (event.data.delay_ms !== undefined && event.data.delay_ms !== delay) {
    found.push(`it waits ${event.data.delay_ms} ms instead of ${delay}`);
  }
  const next = history.eventsOf(place.id).find(({ seq }) => seq > event.seq);
  if (next?.type !== "step_retrying") found.push("no step_retrying follows");
  return found;
}

/** A retry begins when its delay is over, unless a signal asked for it. */
function checkDelay(history: History, { seq, at }: LogEvent, place: Place): string[] {
  if (history.step(place.id, seq).status !== "retrying") return [];
  const retried = history.last(place.id, "step_retry_attempt", seq)!;
  const asked = history.events.some((event) =>
    event.type === "signal_received" && event.seq > retried.seq && event.seq < seq
  );
  const { retries } = history.step(place.id, retried.seq);
  const delay = delayOf(place.step.retry!, retries);
  const due = retried.at + delay - history.evidence.setBackMs;
  // Without a delay there is no timer that a clock which was set back could hold up.
  return at >= due || delay === 0 || asked ? [] : [`the retry begins ${due - at} ms too early`];
}

/** A step with retries left does not fail for good, unless its run is ending. */
function checkGivenUp(history: History, { seq, data }: LogEvent, place: Place): string[] {
  const { retry } = place.step;
  const { status, retries } = history.step(place.id, seq);
  const error = data.error as unknown as ErrorObject;
  if (!retry || retries >= retry.max || status === "retrying" || isForced(history, place, seq)) {
    return [];
  }
  // What a flow step is handed up is judged by what caused it.
  const cause = (error.details?.cause ?? error) as unknown as ErrorObject;
  if (!isRetryable(cause) || !isRetryable(error)) return [];
  return isEnding(history, place, seq) || isGuardFailure(history, place, seq)
    ? []
    : [`it fails with ${retry.max - retries} retries left`];
}

/** Whether the run had a failure that nothing handles, or its time was over. */
function isEnding(history: History, place: Place, seq: number): boolean {
  if (isDoomed(history, seq)) return true;
  const since = history.run.findLast((state) => state.seq < seq)!.seq;
  return history.events.some((event) =>
    event.seq > since && event.seq < seq && event.stepId !== place.id &&
    (event.type === "step_failed" || event.type === "workflow_timed_out")
  );
}

/** A step whose guard fails is not tried at all. */
function isGuardFailure(history: History, place: Place, seq: number): boolean {
  const started = history.last(place.id, "step_started", seq)!;
  return history.step(place.id, started.seq).status === "pending" &&
    guardFails(place.step, { history, list: place.list, seq: started.seq });
}
