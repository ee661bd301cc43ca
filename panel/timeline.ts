// When each attempt of each step of a run was under way or waited, as the run's events tell it.

import type { EventReport } from "./replies.ts";

/** `waits` for somebody, a time or a child; `ended`: by something other than its own end. */
export type SpanState = "completed" | "failed" | "waits" | "busy" | "ended";

/** Milliseconds since the epoch; of what goes on, `to` is the present. */
export interface Span {
  from: number;
  to: number;
  attempt: number;
  state: SpanState;
}

export interface Row {
  step: string;
  spans: Span[];
}

export interface Timeline {
  rows: Row[];
  from: number;
  to: number;
}

/** What ends a span, and as what. */
const ENDS: Record<string, SpanState> = {
  step_completed: "completed",
  step_failed: "failed",
  step_retry_attempt: "failed",
  step_ignored: "failed",
  step_fallback: "failed",
  step_skipped: "ended",
};

/** Once the run is over, nothing of it goes on. */
const OVER = ["workflow_completed", "workflow_failed", "workflow_cancelled", "workflow_timed_out"];

/** The rows stand in the order in which their steps began; `events` in that of the log. */
export function timelineOf(events: readonly EventReport[], now: number): Timeline {
  const spans = new Spans();
  let over = false;
  let from = Infinity;
  let last = -Infinity;
  for (const event of events) {
    const at = Date.parse(event.timestamp);
    from = Math.min(from, at);
    last = Math.max(last, at);
    over = OVER.includes(event.event_type) || (over && event.event_type !== "workflow_resumed");
    if (event.event_type === "workflow_interrupted") spans.cut(at);
    if (event.step_id !== undefined) spans.place(event, at);
  }
  const to = over || events.length === 0 ? last : Math.max(last, now);
  return { rows: spans.until(to, over), from, to };
}

/** The spans so far, and which of them go on. */
class Spans {
  readonly #rows = new Map<string, Row>();
  readonly #open = new Map<string, Span>();

  /** The daemon is gone: nothing was done from here on, what waited waits on. */
  cut(at: number): void {
    for (const [step, span] of this.#open) {
      if (span.state === "waits") continue;
      Object.assign(span, { to: at, state: "ended" });
      this.#open.delete(step);
    }
  }

  place(event: EventReport, at: number): void {
    const { step_id: step = "", event_type: type } = event;
    const ends = ENDS[type];
    // What held others was cut with them, and has an end all the same.
    const before = this.#open.get(step) ?? (ends && this.#cutOf(step));
    if (type === "step_started" || type === "step_suspended") {
      if (before) close(before, at, "completed");
      this.#begin(step, {
        from: at,
        to: at,
        attempt: attemptOf(event) ?? before?.attempt ?? 1,
        state: type === "step_suspended" ? "waits" : "busy",
      });
    } else if (ends && before) {
      close(before, at, ends);
      this.#open.delete(step);
    }
  }

  /** All of them; what goes on is drawn as far as `to`. */
  until(to: number, over: boolean): Row[] {
    for (const span of this.#open.values()) {
      span.to = to;
      if (over) span.state = "ended";
    }
    return [...this.#rows.values()];
  }

  #cutOf(step: string): Span | undefined {
    const span = this.#rows.get(step)?.spans.at(-1);
    return span?.state === "ended" ? span : undefined;
  }

  #begin(step: string, span: Span): void {
    this.#open.set(step, span);
    const spans = this.#rows.get(step)?.spans;
    if (!spans) this.#rows.set(step, { step, spans: [span] });
    // A question is asked at once: there was nothing to see before it.
    else if (spans.at(-1)!.from === span.from) spans[spans.length - 1] = span;
    else spans.push(span);
  }
}

/** A wait that ends was no work that was done; that nobody came is a failure. */
function close(span: Span, at: number, as: SpanState): void {
  span.to = at;
  if (span.state !== "waits" || as === "failed") span.state = as;
}

function attemptOf({ payload }: EventReport): number | undefined {
  const attempt = (payload as { attempt?: unknown } | undefined)?.attempt;
  return typeof attempt === "number" ? attempt : undefined;
}
