// A store full of history: as many ended runs as wanted, written the way all runs are, by commits.

import type { RunStatus } from "../../core/status.ts";
import { createIds, systemRandom } from "../../core/ids.ts";
import {
  emptyHandOver,
  type EventRow,
  type HandOver,
  type Store,
} from "../../engine/store/store.ts";

export interface History {
  /** Ended runs, each of `events` events; by default 300,000 of 20. */
  runs: number;
  events: number;
  /** When the first began and the last ended, epoch ms; the others in between, evenly. */
  from: number;
  to: number;
  /** Told now and then of how many there are. */
  progress?(runs: number): void;
}

const TEMPLATES = ["report", "deploy", "ingest", "triage", "digest"];
const AGENTS = 20;
/** One run in so many: has failed, was cancelled, was started by the one before, or forked from it. */
const ONE_IN = { failed: 12, cancelled: 50, child: 25, fork: 200, key: 40 };
/** Runs in one commit: some thousand rows. */
const BATCH = 200;

const definition = JSON.stringify({
  steps: Array.from({ length: 9 }, (_, i) => ({ id: `s${i}`, action: "crypto.uuid" })),
});

/** Writes the history behind what the store has; returns the ids of the runs, the oldest first. */
export async function fillStore(store: Store, history: History): Promise<string[]> {
  const { runs, from, to, progress } = history;
  let at = from;
  const newId = createIds(() => at, systemRandom);
  const first = await store.takeRunNos(runs);
  await store.commit([templates(from)]);
  const ids: string[] = [];
  let pending: Promise<unknown> = Promise.resolve();
  for (let done = 0; done < runs; done += BATCH) {
    const batch: HandOver[] = [];
    for (let n = done; n < Math.min(runs, done + BATCH); n++) {
      at = Math.floor(from + (to - from) * n / runs);
      ids.push(newId());
      batch.push(endedRun(ids, { first, n, at, events: history.events }));
    }
    // The next one is made while this one is written.
    await pending;
    pending = written(store, batch);
    if (done % 10_000 === 0) progress?.(done);
  }
  await pending;
  return ids;
}

async function written(store: Store, batch: HandOver[]): Promise<void> {
  const results = await store.commit(batch);
  const refused = results.find(({ ok }) => !ok);
  if (refused) throw new Error(JSON.stringify(refused));
}

function templates(at: number): HandOver {
  const handOver = emptyHandOver();
  for (const name of TEMPLATES) {
    handOver.templates.push({
      name,
      version: 1,
      description: null,
      definition,
      inputSchema: null,
      outputSchema: null,
      triggers: null,
      agentId: "agent-0",
      createdAt: at,
      archivedAt: null,
    });
  }
  for (let n = 0; n < AGENTS; n++) handOver.agents.push({ id: `agent-${n}`, at });
  return handOver;
}

function statusOf(n: number): RunStatus {
  if (n % ONE_IN.failed === 1) return "failed";
  return n % ONE_IN.cancelled === 2 ? "cancelled" : "completed";
}

/** Begun, its steps started and completed one after the other, and ended, within a second. */
function endedRun(
  ids: readonly string[],
  { first, n, at, events: count }: { first: number; n: number; at: number; events: number },
): HandOver {
  const runNo = first + n;
  const status = statusOf(n);
  const agentId = `agent-${n % AGENTS}`;
  const handOver = emptyHandOver(runNo);
  const isChild = n % ONE_IN.child === 3;
  const before = ids[n - 1];
  const isFork = n % ONE_IN.fork === 7 && before !== undefined;
  const logged = eventsOf({ runNo, status, agentId, at, count });
  handOver.events = logged;
  for (const { type, stepId, seq, at: completedAt } of logged) {
    if (type !== "step_completed") continue;
    handOver.steps.push({
      runNo,
      stepId: stepId!,
      status: "completed",
      attempt: 1,
      retries: 0,
      startedAt: completedAt - 20,
      completedAt,
      durationMs: 20,
      outputSeq: seq,
      error: null,
      dueAt: null,
      detail: null,
    });
  }
  handOver.creates.push({
    runNo,
    id: ids[n]!,
    templateName: TEMPLATES[n % TEMPLATES.length]!,
    templateVersion: 1,
    agentId,
    parentRunNo: isChild ? runNo - 1 : null,
    parentStepId: isChild ? "s1" : null,
    depth: isChild ? 1 : 0,
    params: JSON.stringify({ n, customer: `customer-${n % 1_000}` }),
    idempotencyKey: n % ONE_IN.key === 5 ? `key-${n}` : null,
    forkedFrom: isFork ? JSON.stringify({ workflow_id: before, step_id: "s1" }) : null,
    rerunOf: null,
    createdAt: at,
    status,
    lastSeq: count,
    outputSeq: status === "completed" ? count : null,
    error: status === "completed" ? null : JSON.stringify({ code: "STEP_FAILED", message: "no" }),
    startedAt: at,
    completedAt: at + 1_000,
    updatedAt: at + 1_000,
    activeMs: 1_000,
    activeSince: null,
    marks: null,
  });
  return handOver;
}

function eventsOf(
  { runNo, status, agentId, at, count }: {
    runNo: number;
    status: RunStatus;
    agentId: string;
    at: number;
    count: number;
  },
): EventRow[] {
  const event = (seq: number, fields: Pick<EventRow, "type" | "stepId" | "payload">): EventRow => ({
    runNo,
    seq,
    agentId,
    at: at + Math.floor(1_000 * seq / count),
    ...fields,
  });
  const events = [
    event(1, { type: "workflow_started", stepId: null, payload: `{"template":"w","version":1}` }),
  ];
  for (let seq = 2; seq < count; seq++) {
    const stepId = `s${(seq >> 1) - 1}`;
    events.push(
      seq % 2 === 0
        ? event(seq, { type: "step_started", stepId, payload: `{"attempt":1}` })
        : event(seq, { type: "step_completed", stepId, payload: outputOf(runNo, seq) }),
    );
  }
  const type = `workflow_${status}` as "workflow_completed" | "workflow_failed";
  events.push(event(count, { type, stepId: null, payload: outputOf(runNo, count) }));
  return events;
}

/** About as much as a step answers. */
function outputOf(runNo: number, seq: number): string {
  const text = `${runNo}.${seq} `.repeat(8);
  return `{"output":{"uuid":"00000000-0000-7000-8000-${runNo}","text":"${text}"},"duration_ms":20}`;
}
