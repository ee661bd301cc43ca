// What really happened in a seed: step types, nesting and signals that the logs show.

import type { Evidence } from "../check/evidence.ts";
import type { CallbackEvidence } from "../check/callbacks.ts";
import { isKept } from "../check/origin.ts";
import { PlaceBook } from "../check/places.ts";
import type { ScheduleEvidence } from "../check/schedules.ts";
import type { SentSignal } from "./clients.ts";
import type { Sent } from "./senders.ts";

/** Names as `type:loop`, `loop>wait`, `signal:data`, `signal:invalid`, `status:failed`. */
export function happened(
  evidence: readonly Evidence[],
  signals: readonly SentSignal[],
): Set<string> {
  const features = new Set<string>();
  for (const { definition, record } of evidence) {
    const book = new PlaceBook(definition);
    features.add(`status:${record.run.status}`);
    if (record.run.forkedFrom !== null) features.add("fork");
    const isSaid = ({ type, payload }: (typeof record.events)[number]) =>
      isKept({ type, data: JSON.parse(payload ?? "{}") });
    if (record.events.some(isSaid)) features.add("fork:keeps");
    for (const { type, stepId, payload } of record.events) {
      if (type === "signal_received") features.add(`signal:${JSON.parse(payload!).type}`);
      if (type !== "step_started") continue;
      const place = book.find(stepId!);
      if (!place) continue;
      features.add(`type:${place.type}`);
      const { parent, kind } = place.list;
      if (parent) features.add(`${parent.type}>${place.type}`);
      if (kind === "hook") features.add("hook");
      if (place.role === "fallback") features.add("fallback");
      if (place.step.action === "workflow.run") features.add("child");
    }
  }
  if (signals.some(({ wasInvalid }) => wasInvalid)) features.add("signal:invalid");
  return features;
}

/** What came of times, as `schedule:cron started`, `schedule:missed skipped missed`, `schedule:overlap`. */
export function happenedBySchedule(schedules: readonly ScheduleEvidence[]): Set<string> {
  return new Set(schedules.flatMap(({ fires }) =>
    fires.flatMap(({ cause, outcome, detail }) => {
      const reason = detail === null ? undefined : JSON.parse(detail).reason;
      const name = `schedule:${cause} ${outcome}${reason === undefined ? "" : ` ${reason}`}`;
      return outcome === "queued" || reason === "overlap" ? [name, "schedule:overlap"] : [name];
    })
  ));
}

/** As `delivery`, `callback:completed`, `callback:again`, `callback:given up`. */
export function happenedOutside(
  { heard, rows, records }: CallbackEvidence,
  deliveries: readonly Sent[],
): Set<string> {
  const ids = heard.map(({ body }) => String(body.id));
  const features = new Set(heard.map(({ body }) => `callback:${body.event}`));
  if (new Set(ids).size < ids.length) features.add("callback:again");
  const gone = records.some(({ events }) => events.some(({ type }) => type === "callback_failed"));
  if (gone || rows.some(({ givenUpAt }) => givenUpAt !== null)) features.add("callback:given up");
  if (deliveries.some(({ runId }) => runId !== null)) features.add("delivery");
  if (deliveries.some(({ times }) => times > 1)) features.add("delivery:again");
  return features;
}

const TYPES = ["action", "condition", "loop", "parallel", "wait", "reasoning"];

/** What must happen often. */
export const NEEDED: readonly string[] = [
  ...TYPES.map((type) => `type:${type}`),
  ...["condition", "loop", "parallel"].flatMap((outer) =>
    TYPES.map((inner) => `${outer}>${inner}`)
  ),
  ...["decision", "data", "retry", "skip", "cancel", "invalid"].map((kind) => `signal:${kind}`),
  ...["completed", "failed", "cancelled", "suspended"].map((status) => `status:${status}`),
  "hook",
  "fallback",
  "child",
  "fork",
  "fork:keeps",
  "schedule:cron started",
  "schedule:missed started",
  "schedule:overlap",
  "schedule:missed skipped missed",
  "schedule:manual started",
  "delivery",
  "delivery:again",
  "callback:completed",
  "callback:failed",
  "callback:suspended",
  "callback:again",
];
