// How an action stops: when its run tells it to, or when its own time is over.

import { systemClock } from "../core/clock.ts";
import { formatDuration } from "../core/duration.ts";
import { OpcodeError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import type { ActionContext } from "./action.ts";

export interface Deadline {
  /** Aborted by either. */
  readonly signal: AbortSignal;
  /** Whether the action's own time ended it. */
  readonly expired: boolean;
  /** Lets go of the timer and of the run's signal. */
  end(): void;
}

/** Starts the clock: `timeoutMs` from now, or as soon as the run's `signal` is aborted. */
export function startDeadline(
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
): Deadline {
  const controller = new AbortController();
  let expired = false;
  const stop = () => controller.abort(signal.reason);
  const disarm = systemClock.after(timeoutMs, () => {
    expired = !controller.signal.aborted;
    controller.abort();
  });
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    end() {
      disarm();
      signal.removeEventListener("abort", stop);
    },
  };
}

/**
 * What `work` comes to, or the signal's reason as soon as that is aborted: for work that takes note
 * of its signal only later.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** The error of an action that its run has stopped. */
export function cancelled(signal: AbortSignal): OpcodeError {
  const { reason } = signal;
  const message = reason instanceof OpcodeError ? reason.message : "the step was cancelled";
  return new OpcodeError("CANCELLED", message);
}

/**
 * The error of an action whose time is over, saying whose limit that was: that of the params, of
 * the step, or the setting `NAME.default_timeout`; `details.limit` names it. `details`: what there
 * was until then.
 */
export function timedOut(
  what: string,
  { params, context, details, setting, timeoutMs }: {
    params: JsonObject;
    context: Pick<ActionContext, "stepTimeoutMs">;
    details: JsonObject;
    setting: string;
    /** How long that was. */
    timeoutMs: number;
  },
): OpcodeError {
  const [limit, whose] = params.timeout !== undefined
    ? ["params.timeout", `its timeout, ${params.timeout}`]
    : context.stepTimeoutMs !== null
    ? ["timeout", `the step's timeout, ${formatDuration(context.stepTimeoutMs)}`]
    : [
      `${setting}.default_timeout`,
      `${setting}.default_timeout, ${
        formatDuration(timeoutMs)
      }; give the step a timeout if it may take longer`,
    ];
  return new OpcodeError("TIMEOUT_ERROR", `${what}: timed out after ${whose}`, {
    details: { ...details, limit },
  });
}

/** Throws CANCELLED once the run has stopped the action. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled(signal);
}
