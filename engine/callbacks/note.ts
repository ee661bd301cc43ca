// How an event of a run that others want to hear of is noted: in the very hand-over that stores the event.

import type { CallbackEvent } from "../../core/callback-terms.ts";
import { rfc3339 } from "../../core/clock.ts";
import type { EventType } from "../journal/event-types.ts";
import {
  type CallbackRow,
  type HandOver,
  NO_RUN,
  type RunRow,
  type TimerRow,
} from "../store/store.ts";
import { formatVersion } from "../version.ts";
import type { Notify } from "./trigger.ts";

/** What of the log they may be told of, by their words for it. */
const TOLD: Partial<Record<EventType, CallbackEvent>> = {
  workflow_completed: "completed",
  workflow_failed: "failed",
  workflow_cancelled: "cancelled",
  workflow_suspended: "suspended",
};

const KIND = "callback";

export const CALLBACK_TIMERS = KIND;

/** The key of the timer at which it is sent. */
export function callbackKey({ runNo, seq }: Pick<CallbackRow, "runNo" | "seq">): string {
  return `${KIND}:${runNo}.${seq}`;
}

/** The timer at which it is sent, as its row has it. */
export function callbackTimer(row: Pick<CallbackRow, "runNo" | "seq" | "dueAt">): TimerRow {
  return { runNo: NO_RUN, key: callbackKey(row), dueAt: row.dueAt };
}

/** Whose timer it is; null of a key that is none of ours. */
export function callbackOf(key: string): Pick<CallbackRow, "runNo" | "seq"> | null {
  const parts = /^callback:(\d{1,16})\.(\d{1,16})$/.exec(key);
  return parts && { runNo: Number(parts[1]), seq: Number(parts[2]) };
}

/** `event`: as it stands in the log, at epoch ms `at`. */
export function noteCallback(
  handOver: HandOver,
  run: RunRow,
  { url, events, secret }: Notify,
  { type, seq, at }: { type: EventType; seq: number; at: number },
): void {
  const event = TOLD[type];
  if (event === undefined || !events.has(event)) return;
  const row: CallbackRow = {
    runNo: run.runNo,
    seq,
    event,
    url,
    secret,
    agentId: run.agentId,
    head: JSON.stringify({
      workflow_id: run.id,
      template_name: run.templateName,
      template_version: formatVersion(run.templateVersion),
      status: event,
      created_at: rfc3339(run.createdAt),
      ...(run.startedAt !== null && { started_at: rfc3339(run.startedAt) }),
      at: rfc3339(at),
    }),
    attempts: 0,
    firstTriedAt: null,
    lastTriedAt: null,
    lastError: null,
    dueAt: at,
    givenUpAt: null,
  };
  (handOver.calling ??= { rows: [], removed: [] }).rows.push(row);
  handOver.timers.push(callbackTimer(row));
}
