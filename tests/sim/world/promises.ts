// Whether the store holds what somebody was promised: runs, signals, answers, live events.

import { isDeepStrictEqual } from "node:util";
import type { LiveEvent } from "../../../engine/api.ts";
import type { RunRecord } from "../../../engine/store/store.ts";
import type { Clients, SentSignal } from "./clients.ts";
import { eventsById } from "./rows.ts";

export function checkOrders({ orders }: Clients, records: readonly RunRecord[]): string[] {
  const found: string[] = [];
  for (const { key, runId } of orders) {
    const made = records.filter(({ run }) => run.idempotencyKey === key);
    if (made.length > 1) found.push(`${key} started ${made.length} runs`);
    if (runId === null) continue;
    if (made[0]?.run.id !== runId) found.push(`run ${runId} was acknowledged and is not there`);
  }
  const keys = new Set(orders.map(({ key }) => key));
  for (const { run } of records) {
    const isOrdered = run.parentRunNo !== null || keys.has(run.idempotencyKey!);
    if (!isOrdered) found.push(`nobody asked for run ${run.id}`);
  }
  return found;
}

/** An accepted signal is in the log once; one without an answer at most once, others never. */
export function checkSent(signals: readonly SentSignal[], records: readonly RunRecord[]): string[] {
  const found: string[] = [];
  // Who waits for the run to go on has no answer yet although the signal is there.
  const isUnsure = ({ answer, mayBeStored }: SentSignal) =>
    mayBeStored === true || ["none", "lost", "STORE_ERROR"].includes(answer);
  for (const { run, events } of records) {
    for (const kind of ["decision", "data", "retry", "skip", "cancel"] as const) {
      const recorded = events.filter(({ type, payload }) =>
        type === "signal_received" && JSON.parse(payload!).type === kind
      ).length;
      const sent = signals.filter((signal) =>
        signal.runId === run.id && signal.kind === kind
      );
      const accepted = sent.filter(({ answer }) => answer === "accepted").length;
      const most = accepted + sent.filter(isUnsure).length;
      if (recorded < accepted) found.push(`${run.id}: an accepted ${kind} is not in the log`);
      if (recorded > most) found.push(`${run.id}: ${recorded} ${kind} in the log, ${most} sent`);
    }
  }
  return found;
}

/** What a client was told of an end is how the run ended: only failed runs may be revived. */
export function checkTold({ told }: Clients, records: readonly RunRecord[]): string[] {
  return told.flatMap(({ runId, reply: { status, output } }) => {
    if (status !== "completed" && status !== "cancelled") return [];
    const record = records.find(({ run }) => run.id === runId);
    if (record?.run.status !== status) {
      return [`${runId} was said to be ${status} and is ${record?.run.status}`];
    }
    const stored = JSON.parse(record.output ?? "null");
    const isSame = status !== "completed" || isDeepStrictEqual(output ?? null, stored);
    return isSame ? [] : [`${runId}: its caller was told of another output`];
  });
}

/** Subscribers hear committed events, each once, in the order of their commits. */
export function checkHeard(processes: readonly LiveEvent[][], records: readonly RunRecord[]) {
  const stored = eventsById(records);
  return processes.flatMap((heard) => {
    let last = 0;
    return heard.flatMap((live) => {
      if (live.kind !== "event") return [];
      const { id, event_type: type, step_id = null } = live.event;
      const problems: string[] = [];
      if (id <= last) problems.push(`live event ${id} came after ${last}`);
      last = id;
      const row = stored.get(id);
      if (row?.type !== type || row.stepId !== step_id) {
        problems.push(`live event ${id} (${type} ${step_id}) is ${row?.type} ${row?.stepId}`);
      }
      return problems;
    });
  });
}
