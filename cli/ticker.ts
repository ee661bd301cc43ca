// The line that shows at a terminal that a run still goes on: which step of it, and since when.

import { isStepOver } from "../core/status.ts";
import type { EventReport } from "../engine/api.ts";
import { printNote, visible } from "./print.ts";
import { localTime } from "./times.ts";

/** How long nothing is said before the line comes, and how often it is written anew, ms. */
const QUIET_MS = 2_000;
const EVERY_MS = 1_000;

const ERASE = "\r\x1b[K";

export interface Ticker {
  /** Learns from an event which steps go on. */
  note(event: EventReport): void;
  /** Prints a line for good. */
  say(line: string): void;
  /** Takes the line away. */
  stop(): void;
}

/** In a pipe, or at a terminal that cannot erase, only what is said is printed. */
export function startTicker(stream: NodeJS.WriteStream = process.stderr): Ticker {
  const ticks = stream.isTTY === true && process.env.TERM !== "dumb";
  if (!ticks) return { note() {}, say: printNote, stop() {} };
  const begun = Date.now();
  const open = new Map<string, number>();
  let said = begun;
  let isShown = false;
  const erase = () => {
    if (isShown) stream.write(ERASE);
    isShown = false;
  };
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - said < QUIET_MS) return;
    stream.write(ERASE + tickLine(open, { begun, now, width: stream.columns || 80 }));
    isShown = true;
  }, EVERY_MS).unref();
  return {
    note: (event) => noteStep(open, event),
    say(line) {
      erase();
      printNote(line);
      said = Date.now();
    },
    stop() {
      clearInterval(timer);
      erase();
    },
  };
}

/** Keeps the steps that go on, with the moments (ms) at which their attempts began. */
export function noteStep(open: Map<string, number>, event: EventReport): void {
  const { event_type, step_id, timestamp } = event;
  if (step_id === undefined) return;
  if (event_type === "step_started") open.set(step_id, Date.parse(timestamp));
  else if (isStepOver(event_type.replace("step_", "") as never)) open.delete(step_id);
}

/**
 * `build has been going on since 12:00:01 (14 s)`, of the step that began first of those with none
 * inside that goes on; shorter than `width`, so that it stays one line.
 */
export function tickLine(
  open: ReadonlyMap<string, number>,
  { begun, now, width }: { begun: number; now: number; width: number },
): string {
  const parents = new Set<string>();
  for (const id of open.keys()) {
    for (let at = id.lastIndexOf("."); at > 0; at = id.lastIndexOf(".", at - 1)) {
      parents.add(id.slice(0, at));
    }
  }
  const inner = [...open].filter(([id]) => !parents.has(id)).sort(([, a], [, b]) => a - b);
  const [name, since] = inner[0] ?? ["the run", begun];
  const more = inner.length > 1 ? `, and ${inner.length - 1} more` : "";
  const rest = ` goes on since ${localTime(new Date(since).toISOString())} (${
    forHow(now - since)
  })${more}`;
  const room = width - 1 - rest.length - 2;
  const shown = visible(name);
  return "  " + (shown.length > room ? shown.slice(0, Math.max(0, room - 1)) + "…" : shown) + rest;
}

function forHow(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
