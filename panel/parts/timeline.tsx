// How it looks when the steps of a run were at work: a row a step, a bar an attempt, on one scale.

import { useAround } from "../context.ts";
import type { EventReport } from "../replies.ts";
import { type Row, type Span, timelineOf } from "../timeline.ts";
import { Said } from "./marks.tsx";
import { duration } from "./time.ts";

/** Rows that are drawn at most; the rest is told. */
const MOST = 300;

/** The scale, in its own units: whatever the width, a bar is seen. */
const WIDE = 1_000;
const LEAST = 6;

const WORDS: Record<Span["state"], string> = {
  completed: "done",
  failed: "failed",
  waits: "waited",
  busy: "at work",
  ended: "stopped",
};

export function TimelineView({ events, cut }: { events: readonly EventReport[]; cut: boolean }) {
  const { now } = useAround();
  const { rows, from, to } = timelineOf(events, now());
  if (rows.length === 0) {
    return (
      <div class="empty">
        <p>No step has begun.</p>
      </div>
    );
  }
  const whole = Math.max(1, to - from);
  return (
    <div class="sheet">
      <table class="timeline" aria-label="Timeline">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">
              <span class="scale">
                <span>0</span>
                <span>{duration(whole / 2)}</span>
                <span>{duration(whole)}</span>
              </span>
            </th>
            <th scope="col" class="end">Took</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST).map((row) => (
            <tr key={row.step}>
              <td>
                <code title={row.step}>
                  <Said text={row.step} most={40} />
                </code>
              </td>
              <td class="bars">
                <Bars row={row} from={from} whole={whole} />
              </td>
              <td class="end">
                {duration(row.spans.at(-1)!.to - row.spans[0]!.from)}
                {triesOf(row) > 1 && <span class="also">{triesOf(row)} attempts</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > MOST && <p class="note">{rows.length - MOST} more steps are not drawn.</p>}
      {cut && (
        <p class="note">
          Drawn of the first {events.length} events; what came later is not in it.
        </p>
      )}
    </div>
  );
}

function triesOf({ spans }: Row): number {
  return Math.max(...spans.map(({ attempt }) => attempt));
}

function Bars({ row, from, whole }: { row: Row; from: number; whole: number }) {
  const told = row.spans.map((span) => sentence(span)).join("; ");
  return (
    <svg
      viewBox={`0 0 ${WIDE} 12`}
      height="12"
      preserveAspectRatio="none"
      role="img"
      aria-label={told}
    >
      {row.spans.map((span) => {
        const x = Math.min(WIDE - LEAST, WIDE * (span.from - from) / whole);
        const width = Math.max(LEAST, WIDE * (span.to - span.from) / whole);
        return (
          <rect
            key={`${span.from}-${span.attempt}-${span.state}`}
            class={span.state}
            x={x}
            y={span.state === "waits" ? 4 : 1}
            width={width}
            height={span.state === "waits" ? 4 : 10}
          >
            <title>{sentence(span)}</title>
          </rect>
        );
      })}
    </svg>
  );
}

function sentence({ from, to, attempt, state }: Span): string {
  const which = attempt > 1 ? `attempt ${attempt} ` : "";
  return `${which}${WORDS[state]}, ${duration(to - from)}`;
}
