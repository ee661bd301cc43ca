// What the in-memory store has committed, and how a hand-over changes it: whole or not at all.

import { composedText } from "../../engine/store/composed.ts";
import type { EventType } from "../../engine/journal/event-types.ts";
import type { Happened } from "../../engine/store/counts.ts";
import { LeftOut } from "../../engine/store/left-out.ts";
import { agentOf } from "../../engine/store/new-agent.ts";
import { outputOf } from "../../engine/store/output.ts";
import { NO_RUN } from "../../engine/store/store.ts";
import type { MemoryNodes, NodeFence } from "./memory-nodes.ts";
import { noticed } from "./memory-notices.ts";
import type {
  AgentRow,
  CallbackRow,
  ContextRow,
  DecisionRow,
  EventId,
  EventRow,
  FireRow,
  HandOver,
  HandOverResult,
  HookRow,
  LimitRow,
  NoticeRow,
  RunRow,
  RunUpdate,
  ScheduleRow,
  SealRow,
  StepRow,
  TemplateRow,
} from "../../engine/store/store.ts";

/** An event as it is read: what is composed is put together when it is written. */
export type LoggedEvent = EventRow & { payload: string | null };

export interface ApplyOptions {
  /** Picks hand-overs to refuse without a reason. */
  refuse?: ((handOver: HandOver, index: number) => boolean) | undefined;
  /** Lets rows in that break a uniqueness. */
  trusting?: boolean;
  /** Whose batch it is where several nodes write: it changes no run of another one. */
  writer?: { nodes: MemoryNodes; no: number } | undefined;
}

/** The events that tell of what is counted. */
const ENDS: { readonly [type in EventType]?: Happened } = {
  workflow_completed: "completed",
  workflow_failed: "failed",
};

export class MemoryState {
  readonly runs = new Map<number, RunRow>();
  readonly runNos = new Map<string, number>();
  readonly keys = new Map<string, number>();
  /** All events in commit order; an event's id is its index plus one. */
  readonly log: LoggedEvent[] = [];
  /** Of each run, the ids of its events; the event with sequence number n is at n - 1. */
  readonly eventIds = new Map<number, number[]>();
  readonly steps = new Map<number, Map<string, StepRow>>();
  readonly contexts = new Map<number, ContextRow>();
  /** Of each run, its decisions by id. */
  readonly decisions = new Map<number, Map<string, DecisionRow>>();
  /** Of each run, up to when links of its decisions were taken back, by id. */
  readonly revoked = new Map<number, Map<string, number>>();
  /** In which order they were asked, by id. */
  readonly decisionNos = new Map<string, number>();
  /** Of each run, its sealed values by slot. */
  readonly seals = new Map<number, Map<string, SealRow>>();
  readonly timers = new Map<number, Map<string, number>>();
  /** Of each name, its versions by number. */
  readonly templates = new Map<string, Map<number, TemplateRow>>();
  readonly agents = new Map<string, AgentRow>();
  readonly schedules = new Map<string, ScheduleRow>();
  /** Of each schedule, what became of its times. */
  readonly fires = new Map<string, Map<number, FireRow>>();
  /** Of each template, its hooks by name. */
  readonly hooks = new Map<string, Map<string, HookRow>>();
  /** Of each run, by sequence number. */
  readonly callbacks = new Map<number, Map<number, CallbackRow>>();
  /** What agents are still to be told, in the order in which it came. */
  notices: NoticeRow[] = [];
  readonly suspects = new Map<
    number,
    { deaths: number; doing: string | null; reason: string | null; by: NodeFence | null }
  >();

  /** What is counted by its time, in the order in which it was committed. */
  readonly happened: { what: Happened; at: number }[] = [];

  #lastRunNo = 0;

  takeRunNos(count: number): number {
    const first = this.#lastRunNo + 1;
    this.#lastRunNo += count;
    return first;
  }

  /** Applies a batch as one transaction. */
  apply(batch: readonly HandOver[], options: ApplyOptions = {}): HandOverResult[] {
    const leftOut = new LeftOut();
    return batch.map((handOver, index) => {
      const fence = leftOut.cause(handOver) ?? this.#missedGuard(handOver) ??
        this.#exceeded(handOver) ?? notOurs(handOver, options.writer);
      const refusal = options.refuse?.(handOver, index)
        ? "refused by the test"
        : options.trusting
        ? null
        : this.#violation(handOver);
      if (fence === null && refusal === null) {
        const before = this.log.length;
        this.#write(handOver);
        this.#writeOfNode(handOver, options.writer);
        const eventIds = handOver.events.map((_, i) => before + 1 + i as EventId);
        return { ok: true, eventIds };
      }
      leftOut.add(handOver);
      return fence !== null
        ? { ok: false, reason: "fenced", message: fence }
        : { ok: false, reason: "refused", message: refusal! };
    });
  }

  #writeOfNode({ creates, timers, answers }: HandOver, writer: ApplyOptions["writer"]): void {
    if (writer === undefined) return;
    for (const { runNo } of creates) writer.nodes.created(writer.no, runNo);
    for (const { runNo, key } of timers) {
      if (runNo === NO_RUN) writer.nodes.timerSet(writer.no, key);
    }
    for (const answer of answers) writer.nodes.answer(answer);
  }

  /** How many runs count to the limit, as `Store.begunRuns` says. */
  begun({ kind, name }: Pick<LimitRow, "kind" | "name">, runs = this.runs.values()): number {
    const counts = ({ templateName, agentId, parentRunNo, marks }: RunRow) =>
      kind === "template"
        ? templateName === name && !(marks !== null && "within" in JSON.parse(marks))
        : agentId === name && parentRunNo === null;
    return [...runs].filter((run) =>
      (run.status === "active" || run.status === "suspended") && counts(run)
    ).length;
  }

  #exceeded({ limits, creates, updates }: HandOver): string | null {
    if (limits.length === 0) return null;
    const runs = new Map(this.runs);
    for (const run of creates) runs.set(run.runNo, run);
    for (const { runNo, status, marks } of updates) {
      runs.set(runNo, { ...runs.get(runNo)!, status, marks });
    }
    const isFull = limits.some((limit) => this.begun(limit, runs.values()) > limit.most);
    return isFull ? "as many runs have begun as a limit allows" : null;
  }

  #missedGuard({ creates, updates, claims }: HandOver): string | null {
    const claimed = new Set<string>();
    for (const { key, dueAt } of claims) {
      const isThere = this.timers.get(NO_RUN)?.get(key) === dueAt && !claimed.has(key);
      if (!isThere) return `timer ${key} is not due at ${dueAt}`;
      claimed.add(key);
    }
    const changed = new Map<number, RunRow | RunUpdate>();
    for (const run of creates) changed.set(run.runNo, run);
    for (const update of updates) {
      const run = changed.get(update.runNo) ?? this.runs.get(update.runNo);
      if (run?.status !== update.expectStatus || run.lastSeq !== update.expectSeq) {
        return `run ${update.runNo} is not in the expected state`;
      }
      changed.set(update.runNo, update);
    }
    return null;
  }

  /** Which uniqueness the hand-over breaks. */
  #violation({ creates, events, templates, scheduling }: HandOver): string | null {
    const seen = new Set<string>();
    const taken = (what: string, stored: boolean) => {
      const again = stored || seen.has(what);
      seen.add(what);
      return again ? `${what} exists already` : null;
    };
    for (const run of creates) {
      const broken = taken(`run number ${run.runNo}`, this.runs.has(run.runNo)) ??
        taken(`run id ${run.id}`, this.runNos.has(run.id)) ??
        (run.idempotencyKey === null ? null : taken(
          `key ${keyOf(run.agentId, run.idempotencyKey)}`,
          this.keys.has(keyOf(run.agentId, run.idempotencyKey)),
        ));
      if (broken !== null) return broken;
    }
    let before: EventRow | null = null;
    let ordered = true;
    for (const event of events) {
      const what = () => `event ${event.seq} of run ${event.runNo}`;
      if (this.eventIds.get(event.runNo)?.[event.seq - 1] !== undefined) return taken(what(), true);
      ordered &&= before === null || before.runNo !== event.runNo || before.seq < event.seq;
      if (!ordered) return `${what()} is out of order`;
      before = event;
    }
    for (const { name, version } of templates) {
      const stored = this.templates.get(name)?.has(version) ?? false;
      const broken = taken(`template ${name} ${version}`, stored);
      if (broken !== null) return broken;
    }
    for (const { id, name } of scheduling?.schedules ?? []) {
      for (const other of this.schedules.values()) {
        if (scheduling!.removed.includes(other.id)) continue;
        if (other.name === name && other.id !== id) return `schedule ${name} exists already`;
      }
    }
    return null;
  }

  #logged({ payload, ...event }: EventRow): LoggedEvent {
    if (payload === null || typeof payload === "string") return { ...event, payload };
    const outputAt = (seq: number) => {
      const id = this.eventIds.get(event.runNo)?.[seq - 1];
      return id === undefined ? null : outputOf(this.log[id - 1]!.payload);
    };
    return { ...event, payload: composedText(payload, outputAt) };
  }

  /** Rows are kept as they are; those of the past are never changed, only replaced. */
  #write(handOver: HandOver): void {
    for (const run of handOver.creates) {
      this.happened.push({ what: "started", at: run.createdAt });
      this.runs.set(run.runNo, run);
      this.#lastRunNo = Math.max(this.#lastRunNo, run.runNo);
      this.runNos.set(run.id, run.runNo);
      if (run.idempotencyKey !== null) {
        this.keys.set(keyOf(run.agentId, run.idempotencyKey), run.runNo);
      }
    }
    for (
      const { expectStatus: _, expectSeq: __, sameMarks: ___, ...progress } of handOver.updates
    ) {
      this.runs.set(progress.runNo, { ...this.runs.get(progress.runNo)!, ...progress });
    }
    for (const event of handOver.events) {
      listOf(this.eventIds, event.runNo)[event.seq - 1] = this.log.push(this.#logged(event));
      const what = ENDS[event.type];
      if (what) this.happened.push({ what, at: event.at });
    }
    for (const step of handOver.steps) mapOf(this.steps, step.runNo).set(step.stepId, step);
    for (const context of handOver.contexts) this.contexts.set(context.runNo, context);
    for (const { key } of handOver.claims) this.timers.get(NO_RUN)?.delete(key);
    for (const { runNo, key, dueAt } of handOver.timers) {
      if (dueAt === null) this.timers.get(runNo)?.delete(key);
      else mapOf(this.timers, runNo).set(key, dueAt);
    }
    for (const row of handOver.decisions) {
      if (!this.decisionNos.has(row.id)) this.decisionNos.set(row.id, this.decisionNos.size);
      mapOf(this.decisions, row.runNo).set(row.id, row);
    }
    if (handOver.revoking !== null) {
      const { runNo, decisionId, revokedAt } = handOver.revoking;
      mapOf(this.revoked, runNo).set(decisionId, revokedAt);
    }
    // A blob is made when it is asked for.
    for (const row of handOver.seals) mapOf(this.seals, row.runNo).set(row.slot, { ...row });
    for (const row of handOver.templates) mapOf(this.templates, row.name).set(row.version, row);
    if (handOver.archiving !== null) {
      const { name, archivedAt } = handOver.archiving;
      for (const [version, row] of this.templates.get(name) ?? []) {
        this.templates.get(name)!.set(version, { ...row, archivedAt });
      }
    }
    for (const id of handOver.scheduling?.removed ?? []) this.schedules.delete(id);
    for (const row of handOver.scheduling?.schedules ?? []) this.schedules.set(row.id, row);
    for (const row of handOver.scheduling?.fires ?? []) {
      mapOf(this.fires, row.scheduleId).set(row.dueAt, row);
    }
    for (const row of handOver.calling?.rows ?? []) {
      mapOf(this.callbacks, row.runNo).set(row.seq, row);
    }
    for (const { runNo, seq } of handOver.calling?.removed ?? []) {
      this.callbacks.get(runNo)?.delete(seq);
    }
    if (handOver.noticing !== null) this.notices = noticed(this.notices, handOver.noticing);
    if (handOver.hooks !== null) {
      const { templateName, hooks } = handOver.hooks;
      this.hooks.set(templateName, new Map(hooks.map((row) => [row.name, row])));
    }
    for (const touch of handOver.agents) {
      const { id, at } = touch;
      const known = this.agents.get(id) ?? agentOf(touch);
      this.agents.set(id, { ...known, lastSeenAt: Math.max(known.lastSeenAt ?? at, at) });
    }
  }
}

/** What in the hand-over is another node's. */
function notOurs(
  { creates, updates, answers }: HandOver,
  writer: ApplyOptions["writer"],
): string | null {
  if (writer === undefined) return null;
  const { nodes, no } = writer;
  const made = new Map(creates.map((run) => [run.runNo, run.parentRunNo]));
  const isOurs = (runNo: number): boolean => {
    const parent = made.get(runNo);
    return parent === undefined ? nodes.isOf(no, runNo) : parent === null || isOurs(parent);
  };
  for (const { runNo } of updates) if (!isOurs(runNo)) return `run ${runNo} is another node's`;
  for (const { id } of answers) {
    if (!nodes.isOpen(no, id)) return "the run is another node's, or the message is answered";
  }
  return null;
}

export function keyOf(agentId: string, idempotencyKey: string): string {
  return JSON.stringify([agentId, idempotencyKey]);
}

function listOf<K, V>(lists: Map<K, V[]>, key: K): V[] {
  let list = lists.get(key);
  if (list === undefined) lists.set(key, list = []);
  return list;
}

function mapOf<K, L, V>(maps: Map<K, Map<L, V>>, key: K): Map<L, V> {
  let map = maps.get(key);
  if (map === undefined) maps.set(key, map = new Map());
  return map;
}
