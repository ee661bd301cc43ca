// How small facts look wherever they stand: a state, an id, a time, how long something took.

import { useAround } from "../context.ts";
import { absolute, duration, left, relative } from "./time.ts";

/** The tone of a state and the shape that tells it without its colour, in a field of 12 × 12. */
const STATES: Record<string, { tone: string; shape: string }> = {
  completed: { tone: "good", shape: "M2 6.5 5 9.5 10 3" },
  ok: { tone: "good", shape: "M2 6.5 5 9.5 10 3" },
  unhealthy: { tone: "bad", shape: "M6 1v6M6 10v.5" },
  resolved: { tone: "good", shape: "M2 6.5 5 9.5 10 3" },
  failed: { tone: "bad", shape: "M3 3 9 9M9 3 3 9" },
  timed_out: { tone: "bad", shape: "M6 1v5l3 3" },
  active: { tone: "busy", shape: "M3 2 10 6 3 10Z" },
  running: { tone: "busy", shape: "M3 2 10 6 3 10Z" },
  retrying: { tone: "busy", shape: "M10 6a4 4 0 1 1-1.5-3M9 1v2.5H6.5" },
  suspended: { tone: "wait", shape: "M4 2v8M8 2v8" },
  interrupted: { tone: "wait", shape: "M6 1v6M6 10v.5" },
  pending: { tone: "calm", shape: "M6 2a4 4 0 1 0 .01 0Z" },
  scheduled: { tone: "calm", shape: "M6 3v3.5h3" },
  queued: { tone: "calm", shape: "M6 3v3.5h3" },
  started: { tone: "busy", shape: "M3 2 10 6 3 10Z" },
  paused: { tone: "calm", shape: "M4 2v8M8 2v8" },
  not_reached: { tone: "calm", shape: "M2 6h1.5M5.2 6h1.6M8.5 6h1.5" },
  cancelled: { tone: "calm", shape: "M2 6h8" },
  skipped: { tone: "calm", shape: "M2 3 5 6 2 9M6 3 9 6 6 9" },
};

export function State({ of, also }: { of: string; also?: string | undefined }) {
  const { tone, shape } = STATES[of] ?? { tone: "calm", shape: "M6 5.5v.5" };
  return (
    <span class={`state ${tone}`}>
      <Shape of={shape} />
      {of.replaceAll("_", " ")}
      {also && <span class="also">{also}</span>}
    </span>
  );
}

function Shape({ of }: { of: string }) {
  return (
    <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      <path d={of} />
    </svg>
  );
}

/** A name with the mark of the state that it tells of; without one when it tells of none. */
export function Marked({ state, name }: { state: string | undefined; name: string }) {
  const known = state === undefined ? undefined : STATES[state];
  if (!known) return <code>{name}</code>;
  return (
    <span class={`state ${known.tone}`}>
      <Shape of={known.shape} />
      <code>{name}</code>
    </span>
  );
}

/** The end of a long id: of those that were made one after another only that tells them apart. */
export function shortId(id: string): string {
  return id.length > 12 ? `…${id.slice(-8)}` : id;
}

/** An id, short; the whole of it is its title, and what a click copies. */
export function Id({ of }: { of: string }) {
  const { act } = useAround();
  const short = shortId(of);
  if (!act) return <code class="id" title={of}>{short}</code>;
  const copy = () => void navigator.clipboard?.writeText(of);
  return (
    <button type="button" class="id" title={`${of}\nClick to copy`} onClick={copy}>{short}</button>
  );
}

/** A time as it lies from now. */
export function When({ at }: { at: string | undefined }) {
  const { now } = useAround();
  if (at === undefined) return <span class="none">never</span>;
  const ms = Date.parse(at);
  return <time dateTime={at} title={absolute(ms)}>{relative(ms, now())}</time>;
}

/** How long it is until a time. */
export function Left({ until }: { until: string }) {
  const { now } = useAround();
  const ms = Date.parse(until);
  return <time dateTime={until} title={absolute(ms)}>{left(ms, now())}</time>;
}

/** How long something took, with a bar on a scale that it shares with others. */
export function Took({ ms, most }: { ms: number | undefined; most?: number }) {
  if (ms === undefined) return <span class="none">–</span>;
  if (!most) return <span class="took">{duration(ms)}</span>;
  const width = Math.max(1, Math.round(60 * ms / most));
  return (
    <span class="took">
      <svg class="bar" viewBox="0 0 60 8" width="60" height="8" aria-hidden="true">
        <rect width="60" height="8" class="ground" />
        <rect width={width} height="8" />
      </svg>
      {duration(ms)}
    </span>
  );
}

/** Text that somebody else has written: by itself in its direction, cut by code point. */
export function Said({ text, most = 120 }: { text: string; most?: number }) {
  const points = [...text];
  if (points.length <= most) return <bdi>{text}</bdi>;
  return <bdi title={points.slice(0, 2_000).join("")}>{points.slice(0, most).join("")}…</bdi>;
}
