// Where a fork comes from: the log of the other run, up to where it was when the fork was made.

import { isDeepStrictEqual } from "node:util";
import type { EventType } from "../../../engine/journal/event-types.ts";
import type { Evidence } from "./evidence.ts";
import type { LogEvent, Past } from "./past.ts";
import { type Place, rootOf } from "./places.ts";
import { isSettled } from "./settled.ts";

export interface Origin<H extends Past = Past> {
  /** What the other run's log says. */
  history: H;
  /** Of that log, the events before this one had happened. */
  cut: number;
  /** The step to go on from. */
  step: string;
  /** Of each kept step, the event of this log that says so. */
  kept: ReadonlyMap<string, number>;
  /** The kept steps at the top, of which all that is inside is kept too. */
  roots: ReadonlySet<string>;
}

/** Stands for what is said to be kept: no run logs events of this type. */
export const NEUTRAL: EventType = "dag_mutated";

/** Whether the event only says that a step is kept. Signals and waits have a `kept` of their own. */
export function isKept({ type, data }: Pick<LogEvent, "type" | "data">): boolean {
  return data.kept === true && type.startsWith("step_");
}

/** Null for a run that is no fork, or whose source is not there to be looked at. */
export function originOf<H extends Past>(
  { record, source }: Evidence,
  events: readonly LogEvent[],
  read: (source: Evidence) => H,
): Origin<H> | null {
  if (record.run.forkedFrom === null || !source) return null;
  const { step_id: step } = JSON.parse(record.run.forkedFrom) as { step_id: string };
  const said = events.filter(isKept);
  const history = read(source);
  const roots = new Set(said.flatMap(({ stepId }) => {
    const place = history.book.find(stepId!);
    return place ? [rootOf(place).id] : [];
  }));
  const kept = new Map(said.map(({ stepId, seq }) => [stepId!, seq]));
  const cuts = cutsOf(history, record.events[0]?.id ?? Infinity);
  const candidates = cuts.map((cut): Origin<H> => ({ history, cut, step, kept, roots }));
  const fits = candidates.findLast((origin) =>
    said.every((event) => wasSo(history, event, origin.cut)) && missing(origin).length === 0
  );
  return fits ?? candidates.at(-1) ?? { history, cut: 0, step, kept, roots };
}

/**
 * Where the log may have been when the fork was made, as it had ended or was suspended: a run may be
 * revived, and come to rest again, while that is done.
 */
function cutsOf({ events, run, evidence }: Past, before: number): number[] {
  // A log with gaps is found wrong by itself.
  const wasThere = (seq: number) => (evidence.record.events[seq - 1]?.id ?? Infinity) < before;
  return run.flatMap(({ seq, status }, i) => {
    if (status === "suspended") {
      const next = run[i + 1]?.seq ?? events.length + 1;
      const seqs = Array.from({ length: next - seq }, (_, n) => seq + n);
      return seqs.filter(wasThere).map((at) => at + 1);
    }
    if (!["completed", "failed", "cancelled"].includes(status) || !wasThere(seq)) return [];
    const signal = events.find((event) => event.seq > seq && event.type === "signal_received");
    return [signal?.seq ?? events.length + 1];
  });
}

/** Whether the other run's step stood then as the event says. */
export function wasSo(history: Past, { type, stepId, data }: LogEvent, cut: number): boolean {
  const { status, output, error, reason } = history.step(stepId!, cut);
  switch (type) {
    case "step_completed":
      return status === "completed" && isDeepStrictEqual(output, data.output ?? null);
    case "step_failed":
      return status === "failed" && isDeepStrictEqual(error, data.error);
    default:
      return status === "skipped" && reason === data.reason;
  }
}

/** Why steps are skipped that only ended with their run, or because nobody needed them. */
const WITH_THE_RUN = /^(workflow_|cancelled_|fallback_not_needed)/;

/** The step, and the steps at the top that depend on it, through others too. */
export function following({ history: { book }, step }: Origin): Set<string> {
  return reach(step, (id) => dependents(book.members(book.top), id));
}

/** Steps at the top that had settled, that nothing ties to the step, and that are not kept. */
export function missing({ history, cut, step, roots }: Origin): string[] {
  const members = history.book.members(history.book.top);
  // A fallback ties the steps that name it, at any depth, to what depends on them.
  const names = (place: Place, id: string) =>
    JSON.stringify(place.step).includes(`"fallback_step":"${id}"`);
  const tied = reach(step, (id) => {
    const own = members.find((place) => place.id === id)!;
    const callers = members.filter((place) => names(place, id)).map((place) => place.id);
    const called = members.filter((place) => names(own, place.id)).map((place) => place.id);
    const freed = callers.flatMap((caller) => dependents(members, caller));
    return [...dependents(members, id), ...callers, ...called, ...freed];
  });
  return members.filter((place) => {
    const { status, reason } = history.step(place.id, cut);
    const isOver = status === "completed" ||
      (status === "skipped" && !WITH_THE_RUN.test(reason ?? ""));
    return isOver && !tied.has(place.id) && !roots.has(place.id) && isSettled(history, place, cut);
  }).map(({ id }) => id);
}

function dependents(members: readonly Place[], id: string): string[] {
  return members.filter(({ step }) => step.depends_on?.includes(id)).map((place) => place.id);
}

function reach(from: string, next: (id: string) => string[]): Set<string> {
  const found = new Set([from]);
  for (const id of found) for (const one of next(id)) found.add(one);
  return found;
}
