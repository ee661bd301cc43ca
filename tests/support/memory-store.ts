// A store in memory with the semantics of the real ones, and powers that only a test should have.

import { OpcodeError } from "../../core/errors.ts";
import { isTerminal } from "../../core/status.ts";
import { decodeCursor } from "../../engine/store/cursor.ts";
import {
  contextShare,
  cutContext,
  cutError,
  lacksOutputs,
  LOOKED_BACK,
  outputShare,
  ShownOutputs,
  SMALL_TEXT,
} from "../../engine/store/cut.ts";
import { LARGEST_LISTED, pageOf, sliceRows } from "../../engine/store/page.ts";
import { outputOf } from "../../engine/store/output.ts";
import { DECISION_KEYS, decisionKey, NO_DEADLINE } from "../../engine/store/decision-order.ts";
import { orderOf, RUN_KEYS, runKey } from "../../engine/store/run-order.ts";
import { MOST_NOTICES } from "../../engine/store/notice-terms.ts";
import { LOADED, MOST_COUNTED, NO_RUN, type OneDecision } from "../../engine/store/store.ts";
import type {
  AgentRow,
  AgentTally,
  CallbackFilter,
  CallbackRow,
  Counted,
  Counts,
  DecisionFilter,
  DecisionRow,
  DueTimer,
  EventFilter,
  EventId,
  EventRow,
  FireFilter,
  HandOver,
  HandOverResult,
  HookFilter,
  HookRow,
  LimitRow,
  NewestVersion,
  NoticeRow,
  OpenRun,
  Page,
  ReadOptions,
  RunFilter,
  RunHead,
  RunRecord,
  RunRow,
  RunSummary,
  RunTexts,
  RunView,
  ScheduleFilter,
  ScheduleRow,
  StepBrief,
  Store,
  StoredCallback,
  StoredDecision,
  StoredEvent,
  StoredFire,
  Stretches,
  Suspect,
  TemplateFilter,
  TemplateRow,
  ViewOptions,
  WantedTexts,
} from "../../engine/store/store.ts";
import type {
  Expired,
  ExpiredSlice,
  Expiry,
  FiresKept,
  Removal,
} from "../../engine/store/retention-store.ts";
import { counts, talliesOf } from "./memory-counts.ts";
import {
  endedBack,
  expiredRuns,
  halfRemoved,
  removeFires,
  removeRuns,
} from "./memory-retention.ts";
import type { MemoryNodes, NodeFence } from "./memory-nodes.ts";
import { keyOf, MemoryState } from "./memory-state.ts";
import { suspectsIn } from "./memory-suspects.ts";
import { type MemoryKeeper, MemoryTrees } from "./memory-trees.ts";

export interface MemoryStoreOptions {
  /** Commits wait until `step()`; without it they are committed at once. */
  hold?: boolean;
  /** Chooses hand-overs that the database is to refuse; `index` is the place in the batch. */
  refuse?: ((handOver: HandOver, index: number) => boolean) | undefined;
  /** Whether this whole commit fails, as with a full disk. */
  fail?: (batch: readonly HandOver[]) => boolean;
  /** What is wrong with its files for good. */
  fault?: string;
  /** Takes rows that break a uniqueness, as a store without such rules would. */
  trusting?: boolean;
}

interface Held {
  batch: readonly HandOver[];
  fence: NodeFence | undefined;
  resolve(results: HandOverResult[]): void;
  reject(error: OpcodeError): void;
}

export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  return new MemoryStore(options, new MemoryState());
}

const ALONE: MemoryKeeper = { sure: () => null, judges: true };

/** The handle of one process where several are at work. */
export interface NodeHandle {
  nodes: MemoryNodes;
  /** As what it commits. */
  fence: NodeFence;
  /** Who renews its lease; absent: whoever has the handle, in time. */
  keeper?: MemoryKeeper;
}

export class MemoryStore implements Store {
  /** Its fields may be changed at any time. */
  readonly options: MemoryStoreOptions;
  readonly ownership?: MemoryTrees;
  readonly #state: MemoryState;
  readonly #node: NodeHandle | null;
  #held: Held[] = [];
  #dead: OpcodeError | null = null;

  constructor(options: MemoryStoreOptions, state: MemoryState, node: NodeHandle | null = null) {
    this.options = options;
    this.#state = state;
    this.#node = node;
    if (node === null) return;
    this.ownership = new MemoryTrees({
      nodes: node.nodes,
      fence: node.fence,
      keeper: () => node.keeper ?? ALONE,
      read: () => this.#read(),
      sizeOf: (runNo) => this.#sizeOf(runNo),
    });
  }

  // What only a test can do.

  /** How many commits wait for `step`. */
  get held(): number {
    return this.#held.length;
  }

  /** Commits the oldest commit that waits; false when none does. */
  step(): boolean {
    const oldest = this.#held.shift();
    if (oldest === undefined) return false;
    try {
      oldest.resolve(this.#apply(oldest.batch, oldest.fence));
    } catch (error) {
      oldest.reject(error as OpcodeError);
    }
    return true;
  }

  /**
   * The process dies: what waits is lost and never answered, this handle answers nothing any
   * more. The store that the next process opens has what was committed.
   */
  crash(options: MemoryStoreOptions = this.options): MemoryStore {
    this.#dead = new OpcodeError("STORE_ERROR", "the store's process has crashed");
    this.#held = [];
    return new MemoryStore(options, this.#state);
  }

  /** Another process that has the same store open. */
  beside(options: MemoryStoreOptions = this.options): MemoryStore {
    return new MemoryStore(options, this.#state);
  }

  // What every store can do.

  get fault(): string | null {
    return this.options.fault ?? null;
  }

  /** `fence`: as what it was sent, where that is not as what the node commits now. */
  commit(batch: readonly HandOver[], fence = this.#node?.fence): Promise<HandOverResult[]> {
    if (this.#dead !== null) return Promise.reject(this.#dead);
    if (this.options.hold || this.#held.length > 0) {
      return new Promise((resolve, reject) => this.#held.push({ batch, fence, resolve, reject }));
    }
    try {
      return Promise.resolve(this.#apply(batch, fence));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #apply(batch: readonly HandOver[], fence: NodeFence | undefined): HandOverResult[] {
    if (this.options.fail?.(batch)) throw new OpcodeError("STORE_ERROR", "the disk is full");
    if (fence === undefined) return this.#state.apply(batch, this.options);
    const { nodes } = this.#node!;
    nodes.hold(fence);
    return this.#state.apply(batch, { ...this.options, writer: { nodes, no: fence.no } });
  }

  async takeRunNos(count: number): Promise<number> {
    return this.#read().takeRunNos(count);
  }

  async runByNo(runNo: number): Promise<RunRow | null> {
    return this.#runAt(runNo);
  }

  async runByKey(agentId: string | null, idempotencyKey: string): Promise<RunRow | null> {
    const { keys, runs } = this.#read();
    if (agentId !== null) return this.#runAt(keys.get(keyOf(agentId, idempotencyKey)));
    const those = [...runs.values()].filter((run) => run.idempotencyKey === idempotencyKey);
    return this.#runAt(those.sort((a, b) => a.runNo - b.runNo)[0]?.runNo);
  }

  async readRun(id: string, options: ReadOptions): Promise<RunRecord | null> {
    const state = this.#read();
    const run = this.#runAt(state.runNos.get(id));
    if (run === null) return null;
    const { runNo } = run;
    const steps = [...(state.steps.get(runNo)?.values() ?? [])].sort(by((step) => step.stepId));
    const context = state.contexts.get(runNo);
    const { each, together } = options.outputs ?? { each: Infinity, together: Infinity };
    let total = 0;
    const ids = (state.eventIds.get(runNo) ?? []).filter((id) => id !== undefined);
    return {
      run,
      parentId: this.#idOf(run.parentRunNo),
      output: this.#outputAt(runNo, run.outputSeq),
      steps: steps.map((step) => {
        const output = this.#outputAt(runNo, step.outputSeq);
        const size = this.#payloadAt(runNo, step.outputSeq)?.length ?? 0;
        const isSealed = state.seals.get(runNo)?.has(`event:${step.outputSeq}`);
        if (size <= each) total += size;
        if ((size <= each && total <= together) || isSealed) {
          return { ...step, output, outputSize: output?.length ?? 0 };
        }
        return { ...step, output: null, outputSize: size };
      }),
      context: context === undefined ? null : { ...context },
      decisions: this.#pending(runNo),
      events: options.events <= 0
        ? []
        : ids.slice(-options.events).map((eventId) => this.#stored(eventId)),
      seals: options.seals ? [...state.seals.get(runNo)?.values() ?? []] : [],
    };
  }

  async runHead(id: string): Promise<RunHead | null> {
    const run = this.#runAt(this.#read().runNos.get(id));
    return run === null ? null : headOf(run);
  }

  async viewRun(
    id: string,
    { events, room, noticesSince }: ViewOptions,
  ): Promise<RunView | null> {
    const record = await this.readRun(id, { events });
    if (record === null) return null;
    const { run, steps, context } = record;
    const dataSize = bytes(context?.data ?? null);
    const output = this.#payloadAt(run.runNo, run.outputSeq);
    return {
      run: headOf(run),
      parentId: record.parentId,
      output: isSmall(output) ? record.output : null,
      outputSize: bytes(output),
      steps: steps.map((step) => {
        const payload = this.#payloadAt(step.runNo, step.outputSeq);
        return {
          ...step,
          error: isSmall(step.error) ? step.error : null,
          errorSize: bytes(step.error),
          output: isSmall(payload) ? step.output : null,
          outputSize: bytes(payload),
        };
      }),
      allSteps: true,
      context: context && { ...context, data: dataSize > room ? null : context.data },
      dataSize,
      decisions: this.#withTexts(this.#pending(run.runNo), room),
      allDecisions: true,
      events: record.events.map((row) => ({
        ...row,
        payload: isSmall(row.payload) ? row.payload : null,
      })),
      notices: noticesSince === undefined
        ? []
        : this.#notices((row) => row.runId === id && row.kind === "message", noticesSince),
    };
  }

  async runTexts(runNo: number, wanted: WantedTexts): Promise<RunTexts> {
    const { steps } = this.#read();
    const each = <K extends string | number>(keys: K[], read: (key: K) => string | null) =>
      Object.fromEntries(keys.map((key) => [key, read(key)])) as Record<K, string | null>;
    return {
      outputs: each(wanted.outputs, (seq) => this.#outputAt(runNo, seq)),
      payloads: each(wanted.payloads, (seq) => this.#payloadAt(runNo, seq)),
      errors: each(wanted.errors, (id) => cutError(steps.get(runNo)?.get(id)?.error ?? null)),
    };
  }

  async stepStatuses(runNo: number): Promise<StepBrief[]> {
    const rows = [...this.#read().steps.get(runNo)?.values() ?? []];
    return rows.map(({ stepId, status, durationMs, retries }) => ({
      stepId,
      status,
      durationMs,
      retries,
    }));
  }

  async listRuns(filter: RunFilter): Promise<Page<RunSummary>> {
    const order = orderOf(filter);
    const after = decodeCursor("runs", RUN_KEYS[order], filter.cursor);
    const rows = this.#runsOf(filter).filter((run) =>
      after === null || isBefore(runKey(order, run), after)
    ).sort((a, b) => isBefore(runKey(order, a), runKey(order, b)) ? 1 : -1);
    const listed = (text: string | null) => bytes(text) > LARGEST_LISTED ? 0 : bytes(text);
    const sizeOf = ({ runNo, params, outputSeq }: RunRow) =>
      filter.brief ? 0 : listed(params) + listed(this.#payloadAt(runNo, outputSeq));
    const slice = sliceRows(
      rows,
      filter.limit,
      sizeOf,
      (run) => this.#summary(run, filter.brief === true),
    );
    return pageOf("runs", slice, ({ run }) => runKey(order, run));
  }

  async countRuns(filter: RunFilter): Promise<Counted> {
    return counted(this.#runsOf(filter).length);
  }

  #runsOf(filter: RunFilter): RunRow[] {
    const { idPrefix, idSuffix = "", status, agentId, templateName, templateNames, parentRunNo } =
      filter;
    const { since = -Infinity, until = Infinity } = filter;
    const { completedSince = -Infinity, completedUntil = Infinity } = filter;
    const isByCompletion = orderOf(filter) === "completion" ||
      filter.completedSince !== undefined || filter.completedUntil !== undefined;
    return [...this.#read().runs.values()].filter((run) =>
      (idPrefix === undefined || run.id.startsWith(idPrefix)) && run.id.endsWith(idSuffix) &&
      (status === undefined ||
        (status === "interrupted"
          ? /"(interrupted|poisoned)":/.test(run.marks ?? "")
          : [status].flat().includes(run.status))) &&
      (agentId === undefined || run.agentId === agentId) &&
      (templateName === undefined || run.templateName === templateName) &&
      (templateNames === undefined || templateNames.includes(run.templateName)) &&
      (parentRunNo === undefined || run.parentRunNo === parentRunNo) &&
      run.createdAt >= since && run.createdAt <= until &&
      (!isByCompletion || (run.completedAt !== null && run.completedAt >= completedSince &&
        run.completedAt <= completedUntil))
    );
  }

  async openRuns(
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<Page<OpenRun>> {
    const after = decodeCursor("open runs", ["integer"], cursor) as [number] | null;
    const open = this.#ids(({ status, runNo }) =>
      (status === "pending" || status === "active") && runNo > (after?.[0] ?? 0)
    );
    const rows = open.slice(0, limit).map((run) => ({ ...run, bytes: this.#sizeOf(run.runNo) }));
    return pageOf("open runs", { rows, more: open.length > limit }, ({ runNo }) => [runNo]);
  }

  #sizeOf(runNo: number): number {
    let bytes = this.#state.runs.get(runNo)!.params.length;
    let outputs = 0;
    for (const { outputSeq, detail, error } of this.#state.steps.get(runNo)?.values() ?? []) {
      const payload = this.#payloadAt(runNo, outputSeq);
      bytes += 200 + (detail?.length ?? 0) + (error?.length ?? 0);
      if (payload && payload.length <= LOADED.each) outputs += payload.length;
    }
    return bytes + Math.min(outputs, LOADED.together);
  }

  async countDeaths(): Promise<Suspect[]> {
    const node = this.#node;
    const all = suspectsIn(this.#read(), node?.nodes ?? null);
    return node === null ? all : all.filter(({ runNo }) => node.nodes.isOf(node.fence.no, runNo));
  }

  async suspect(runNo: number, doing: string | null): Promise<void> {
    const { suspects } = this.#read();
    this.#hold();
    const known = suspects.get(runNo) ?? { deaths: 0, reason: null, by: null };
    // What another process has noted is not this one's to take back.
    if (doing === null && known.by?.incarnation !== this.#node?.fence.incarnation) return;
    if (doing === null && known.deaths === 0) suspects.delete(runNo);
    else suspects.set(runNo, { ...known, doing, by: this.#node?.fence ?? null });
  }

  async condemn(runNo: number, deaths: number): Promise<void> {
    const { suspects } = this.#read();
    this.#hold();
    suspects.set(runNo, { reason: null, ...suspects.get(runNo), deaths, doing: null, by: null });
  }

  /** Nothing is noted by who is fenced. */
  #hold(): void {
    this.#node?.nodes.hold(this.#node.fence);
  }

  async trust(runNo: number): Promise<void> {
    this.#read().suspects.delete(runNo);
  }

  async unfinishedChildren() {
    return [...this.#read().runs.values()]
      .filter(({ runNo, parentRunNo, status }) =>
        parentRunNo !== null && !isTerminal(status) && this.#isFree(runNo)
      )
      .map(({ runNo, parentRunNo }) => ({ runNo, parentRunNo: parentRunNo! }))
      .sort((a, b) => a.runNo - b.runNo);
  }

  async decisionById(id: string): Promise<OneDecision | null> {
    const { decisions, revoked } = this.#read();
    for (const ofRun of decisions.values()) {
      const row = ofRun.get(id);
      if (!row) continue;
      const linksRevokedAt = revoked.get(row.runNo)?.get(id) ?? null;
      return { ...row, runId: this.#idOf(row.runNo)!, linksRevokedAt };
    }
    return null;
  }

  async listDecisions(filter: DecisionFilter): Promise<Page<StoredDecision>> {
    const { order = "newest" } = filter;
    const after = decodeCursor("decisions", DECISION_KEYS[order], filter.cursor);
    const { decisionNos } = this.#read();
    const comesAfter = (row: DecisionRow) =>
      after === null ||
      (order === "newest"
        ? decisionNos.get(row.id)! < decisionNos.get(String(after[0]))!
        : isBefore(after, decisionKey(order, row)));
    const rows = this.#decisionsOf(filter).filter(comesAfter);
    const slice = {
      rows: this.#withTexts(rows.slice(0, filter.limit), filter.room ?? Infinity),
      more: rows.length > filter.limit,
    };
    return pageOf("decisions", slice, (row) => decisionKey(order, row));
  }

  async countDecisions(filter: DecisionFilter): Promise<Counted> {
    return counted(this.#decisionsOf(filter).length);
  }

  #decisionsOf(filter: DecisionFilter): DecisionRow[] {
    const { decisions, runNos } = this.#read();
    const runNo = filter.runId === undefined ? undefined : runNos.get(filter.runId) ?? -1;
    const all = [...decisions.values()].flatMap((ofRun) => [...ofRun.values()]);
    const isByDeadline = filter.order === "deadline";
    const rows = this.#newest(all).filter((row) =>
      (filter.id === undefined || row.id === filter.id) &&
      (runNo === undefined || row.runNo === runNo) &&
      (filter.status === undefined || row.status === filter.status) &&
      (!isByDeadline || row.status === "pending") &&
      (filter.agentId === undefined || row.agentId === filter.agentId) &&
      (filter.targetAgentId === undefined || row.targetAgentId === filter.targetAgentId)
    );
    if (!isByDeadline) return rows;
    const key = ({ id, timeoutAt }: DecisionRow) => [timeoutAt ?? NO_DEADLINE, id];
    return rows.sort((a, b) => isBefore(key(a), key(b)) ? -1 : 1);
  }

  async eventPayload(runNo: number, seq: number): Promise<string | null> {
    this.#read();
    return this.#payloadAt(runNo, seq);
  }

  async eventText(runNo: number, seq: number, most: number) {
    const id = this.#read().eventIds.get(runNo)?.[seq - 1];
    if (id === undefined) return null;
    const { payload } = this.#state.log[id - 1]!;
    const size = bytes(payload);
    return { payload: size > most ? null : payload, size };
  }

  async listEvents(filter: EventFilter): Promise<Page<StoredEvent>> {
    const after = decodeCursor("events", ["integer", "integer"], filter.cursor) as number[] | null;
    const state = this.#read();
    const newest = filter.order === "newest";
    const runNo = filter.runId === undefined ? undefined : state.runNos.get(filter.runId) ?? -1;
    const fits = (event: EventRow, id: number) =>
      (runNo === undefined || event.runNo === runNo) &&
      (filter.stepId === undefined || event.stepId === filter.stepId) &&
      (filter.type === undefined || [filter.type].flat().includes(event.type)) &&
      (filter.since === undefined || event.at >= filter.since) &&
      (filter.until === undefined || event.at <= filter.until) &&
      (filter.templateName === undefined ||
        state.runs.get(event.runNo)!.templateName === filter.templateName) &&
      (filter.runAgentId === undefined ||
        state.runs.get(event.runNo)!.agentId === filter.runAgentId) &&
      (filter.afterId === undefined || id > filter.afterId) &&
      (after === null || (newest ? id < after[0]! : id > after[0]!));
    const rows = state.log.map((_, index) => index + 1)
      .filter((id) => fits(state.log[id - 1]!, id)).map((id) => this.#stored(id));
    if (newest) rows.reverse();
    const { mostText = Infinity } = filter;
    const slice = sliceRows(
      rows,
      filter.limit,
      ({ payloadSize }) => payloadSize > mostText ? 0 : payloadSize,
      (row) => ({ ...row, payload: row.payloadSize > mostText ? null : row.payload }),
    );
    return pageOf("events", slice, (row) => [row.id, row.seq]);
  }

  async endedBack(before: number | null, count: number) {
    return endedBack(this.#read(), before, count);
  }

  async expiredRuns(expiry: Expiry, after: number): Promise<ExpiredSlice> {
    return expiredRuns(this.#read(), expiry, after);
  }

  async halfRemoved(limit: number): Promise<Expired[]> {
    return halfRemoved(this.#read(), limit);
  }

  removing<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  async removeRuns(
    runs: readonly Expired[],
    options: { at: number; keysSince: number; budgetMs: number },
  ): Promise<Removal> {
    return removeRuns(this.#read(), runs, options);
  }

  async removeFires(kept: FiresKept) {
    return removeFires(this.#read(), kept);
  }

  async returnSpace() {
    return { free: 0, pages: 0, returned: 0, heldMs: 0 };
  }

  async dueTimers(now: number, limit: number, from = 0) {
    const state = this.#read();
    const all: DueTimer[] = [];
    for (const [runNo, timers] of state.timers) {
      const run = state.runs.get(runNo);
      if (run === undefined && runNo !== NO_RUN) continue;
      const { id: runId, agentId } = run ?? { id: null, agentId: null };
      for (const [key, dueAt] of timers) all.push({ runId, agentId, runNo, key, dueAt });
    }
    all.sort((a, b) => a.dueAt - b.dueAt || a.runNo - b.runNo || (a.key < b.key ? -1 : 1));
    const due = all.filter(({ runNo, key, dueAt }) =>
      dueAt >= from && dueAt <= now &&
      (runNo === NO_RUN ? this.#isFreeTimer(key) : this.#isFree(runNo))
    );
    // Another node's may be the next: then there is none to be answered.
    const next = due[limit] ?? all.find(({ dueAt }) => dueAt > now);
    return { timers: due.slice(0, limit), nextDueAt: next?.dueAt ?? null };
  }

  /** Whether no other node that is alive has the run. */
  #isFree(runNo: number): boolean {
    const node = this.#node;
    return node === null || node.nodes.isFree(node.fence.no, runNo);
  }

  #isFreeTimer(key: string): boolean {
    const node = this.#node;
    return node === null || node.nodes.isFreeTimer(node.fence.no, key);
  }

  async template(name: string, version: number | null): Promise<TemplateRow | null> {
    const versions = this.#read().templates.get(name);
    const row = versions?.get(version ?? Math.max(...versions.keys()));
    return row === undefined ? null : { ...row };
  }

  async newestVersion(name: string): Promise<NewestVersion | null> {
    const row = await this.template(name, null);
    return row && { version: row.version, archivedAt: row.archivedAt };
  }

  async templateNames(limit: number, prefix = ""): Promise<string[]> {
    const names = [...this.#read().templates.keys()].filter((name) => name.startsWith(prefix));
    return names.sort(by((name) => name)).slice(0, limit);
  }

  async listTemplates(filter: TemplateFilter): Promise<Page<TemplateRow>> {
    const after = decodeCursor("templates", ["text", "integer"], filter.cursor);
    const templates = this.#read().templates;
    const isLatest = ({ name, version }: TemplateRow) =>
      version === Math.max(...templates.get(name)!.keys());
    const rows = [...templates.values()].flatMap((all) => [...all.values()]).filter(
      (row) =>
        (!filter.latest || isLatest(row)) &&
        (filter.name === undefined || row.name === filter.name) &&
        row.name.startsWith(filter.namePrefix ?? "") &&
        (filter.agentId === undefined || row.agentId === filter.agentId) &&
        (filter.archived === undefined || (row.archivedAt !== null) === filter.archived) &&
        (after === null || row.name > after[0]! ||
          (row.name === after[0] && row.version < (after[1] as number))),
    ).sort((a, b) => by((row: TemplateRow) => row.name)(a, b) || b.version - a.version);
    const key = (row: TemplateRow) => [row.name, row.version];
    const texts = ({ definition, inputSchema, outputSchema, triggers }: TemplateRow) =>
      [definition, inputSchema, outputSchema, triggers].reduce((sum, text) => sum + bytes(text), 0);
    const none = { definition: "{}", inputSchema: null, outputSchema: null, triggers: null };
    const slice = sliceRows(
      rows,
      filter.limit,
      (row) => filter.brief ? 0 : texts(row),
      (row) => ({ ...row, ...(filter.brief && none) }),
    );
    return pageOf("templates", slice, key);
  }

  async schedule(id: string): Promise<ScheduleRow | null> {
    const row = this.#read().schedules.get(id);
    return row ? { ...row } : null;
  }

  async scheduleByName(name: string): Promise<ScheduleRow | null> {
    const row = this.#schedules().find((each) => each.name === name);
    return row ? { ...row } : null;
  }

  async triggersOf(templateName: string): Promise<ScheduleRow[]> {
    return this.#schedules().filter((row) =>
      row.templateName === templateName && row.trigger !== null
    );
  }

  async listSchedules(filter: ScheduleFilter): Promise<Page<ScheduleRow>> {
    const after = decodeCursor("schedules", ["text"], filter.cursor) as [string] | null;
    const rows = this.#schedules().filter((row) =>
      (filter.id === undefined || row.id === filter.id) &&
      (filter.name === undefined || row.name === filter.name) &&
      (filter.templateName === undefined || row.templateName === filter.templateName) &&
      (filter.agentId === undefined || row.agentId === filter.agentId) &&
      (filter.status === undefined || row.status === filter.status) &&
      (after === null || row.name > after[0])
    );
    const slice = sliceRows(rows, filter.limit, (row) => bytes(row.params), (row) => ({ ...row }));
    return pageOf("schedules", slice, (row) => [row.name]);
  }

  async listFires(filter: FireFilter): Promise<Page<StoredFire>> {
    const before = decodeCursor("fires", ["integer"], filter.cursor) as [number] | null;
    const { fires, runs } = this.#read();
    const rows = [...fires.get(filter.scheduleId)?.values() ?? []]
      .filter(({ dueAt }) =>
        (filter.since === undefined || dueAt >= filter.since) &&
        (filter.until === undefined || dueAt <= filter.until) &&
        (before === null || dueAt < before[0])
      )
      .sort((a, b) => b.dueAt - a.dueAt)
      .map((row) => {
        const run = row.runNo === null ? undefined : runs.get(row.runNo);
        return { ...row, runId: run?.id ?? null, runStatus: run?.status ?? null };
      });
    const slice = { rows: rows.slice(0, filter.limit), more: rows.length > filter.limit };
    return pageOf("fires", slice, (row) => [row.dueAt]);
  }

  async begunRuns(limits: readonly Pick<LimitRow, "kind" | "name">[]): Promise<number[]> {
    const state = this.#read();
    return limits.map((limit) => state.begun(limit));
  }

  async unfinishedAmong(runNos: readonly number[]): Promise<number[]> {
    const { runs } = this.#read();
    return runNos.filter((runNo) => runs.has(runNo) && !isTerminal(runs.get(runNo)!.status));
  }

  #schedules(): ScheduleRow[] {
    return [...this.#read().schedules.values()].sort(by((row) => row.name));
  }

  async hook(templateName: string, name: string): Promise<HookRow | null> {
    const row = this.#read().hooks.get(templateName)?.get(name);
    return row ? { ...row } : null;
  }

  async listHooks(filter: HookFilter): Promise<Page<HookRow>> {
    const after = decodeCursor("hooks", ["text", "text"], filter.cursor) as string[] | null;
    const key = (row: HookRow) => [row.templateName, row.name];
    const rows = [...this.#read().hooks.values()].flatMap((ofTemplate) => [...ofTemplate.values()])
      .filter((row) =>
        (filter.templateName === undefined || row.templateName === filter.templateName) &&
        (filter.agentId === undefined || row.agentId === filter.agentId) &&
        (after === null || row.templateName > after[0]! ||
          (row.templateName === after[0] && row.name > after[1]!))
      )
      .sort((a, b) =>
        by((row: HookRow) => row.templateName)(a, b) || by((row: HookRow) => row.name)(a, b)
      );
    const slice = sliceRows(rows, filter.limit, (row) => bytes(row.map), (row) => ({ ...row }));
    return pageOf("hooks", slice, key);
  }

  async firstCallback(runNo: number): Promise<CallbackRow | null> {
    const [first] = this.#callbacks().filter((row) =>
      row.runNo === runNo && row.givenUpAt === null
    );
    return first ? { ...first } : null;
  }

  async withNotices(agentIds: readonly string[]): Promise<string[]> {
    const known = new Set([...this.#read().notices.values()].map(({ agentId }) => agentId));
    return agentIds.filter((agentId) => known.has(agentId));
  }

  async noticesOf(agentId: string, since: number): Promise<NoticeRow[]> {
    return this.#notices((row) => row.agentId === agentId, since);
  }

  #notices(fits: (row: NoticeRow) => boolean, since: number): NoticeRow[] {
    return this.#read().notices.filter((row) => fits(row) && row.at >= since)
      .slice(0, MOST_NOTICES).map((row) => ({ ...row }));
  }

  async callback(runNo: number, seq: number): Promise<StoredCallback | null> {
    const row = this.#callbacks().find((each) => each.runNo === runNo && each.seq === seq);
    return row ? this.#storedCallback(row) : null;
  }

  async listCallbacks(filter: CallbackFilter): Promise<Page<StoredCallback>> {
    const after = decodeCursor("callbacks", ["integer", "integer"], filter.cursor) as
      | [number, number]
      | null;
    const rows = this.#callbacks().filter(({ runNo, seq, givenUpAt }) =>
      (filter.runNo === undefined || runNo === filter.runNo) &&
      (filter.givenUp === undefined || (givenUpAt !== null) === filter.givenUp) &&
      (after === null || runNo > after[0] || (runNo === after[0] && seq > after[1]))
    );
    const slice = {
      rows: rows.slice(0, filter.limit).map((row) => this.#storedCallback(row)),
      more: rows.length > filter.limit,
    };
    return pageOf("callbacks", slice, (row) => [row.runNo, row.seq]);
  }

  #callbacks(): CallbackRow[] {
    return [...this.#read().callbacks.values()].flatMap((rows) => [...rows.values()])
      .sort((a, b) => a.runNo - b.runNo || a.seq - b.seq);
  }

  #storedCallback(row: CallbackRow): StoredCallback {
    const isBehind = row.givenUpAt === null &&
      this.#callbacks().some((other) =>
        other.runNo === row.runNo && other.seq < row.seq && other.givenUpAt === null
      );
    return { ...row, isBehind };
  }

  async listAgents(
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<Page<AgentTally>> {
    const after = decodeCursor("agents", ["integer", "text"], cursor);
    const seen = (agent: AgentRow) => agent.lastSeenAt ?? -1;
    const all = [...this.#read().agents.values()]
      .sort((a, b) => seen(b) - seen(a) || by((agent: AgentRow) => agent.id)(a, b))
      .filter((agent) =>
        after === null || seen(agent) < Number(after[0]) ||
        seen(agent) === after[0] && agent.id > after[1]!
      );
    const rows = all.slice(0, limit).map((agent) => ({
      ...agent,
      tallies: talliesOf(this.#read(), agent.id),
    }));
    const slice = { rows, more: all.length > limit };
    return pageOf("agents", slice, (agent) => [seen(agent), agent.id]);
  }

  async counts(stretches: Stretches): Promise<Counts> {
    return counts(this.#read(), stretches);
  }

  async close(): Promise<void> {
    while (this.step());
    this.#forgetSuspects();
    this.#node?.nodes.leave(this.#node.fence);
    this.#dead = new OpcodeError("BUSY", "the daemon is stopping");
  }

  /** The process ends as it should: nobody is to blame for that. */
  #forgetSuspects(): void {
    const { suspects } = this.#state;
    for (const [runNo, suspect] of suspects) {
      if (suspect.by?.incarnation !== this.#node?.fence.incarnation) continue;
      if (suspect.deaths === 0) suspects.delete(runNo);
      else suspects.set(runNo, { ...suspect, doing: null, by: null });
    }
  }

  #read(): MemoryState {
    if (this.#dead !== null) throw this.#dead;
    return this.#state;
  }

  #runAt(runNo: number | undefined): RunRow | null {
    const run = runNo === undefined ? undefined : this.#read().runs.get(runNo);
    return run === undefined ? null : { ...run };
  }

  #ids(fits: (run: RunRow) => boolean): { runNo: number; id: string }[] {
    return [...this.#read().runs.values()].filter(fits)
      .map(({ runNo, id }) => ({ runNo, id })).sort((a, b) => a.runNo - b.runNo);
  }

  #summary(run: RunRow, brief: boolean): RunSummary {
    const { params, runNo, outputSeq } = run;
    const outputSize = brief ? 0 : bytes(this.#payloadAt(runNo, outputSeq));
    const paramsSize = brief ? 0 : bytes(params);
    const isShown = (size: number) => size > 0 && size <= LARGEST_LISTED;
    return {
      run: headOf(run),
      parentId: this.#idOf(run.parentRunNo),
      params: isShown(paramsSize) ? params : null,
      paramsSize,
      output: isShown(outputSize) ? this.#outputAt(runNo, outputSeq) : null,
      outputSize,
    };
  }

  #idOf(runNo: number | null): string | null {
    return runNo === null ? null : this.#state.runs.get(runNo)?.id ?? null;
  }

  #pending(runNo: number): DecisionRow[] {
    return this.#newest(this.#read().decisions.get(runNo)?.values() ?? [])
      .filter(({ status }) => status === "pending").map((row) => ({ ...row }));
  }

  #outputAt(runNo: number, seq: number | null): string | null {
    return outputOf(this.#payloadAt(runNo, seq));
  }

  #payloadAt(runNo: number, seq: number | null): string | null {
    const id = seq === null ? undefined : this.#state.eventIds.get(runNo)?.[seq - 1];
    return id === undefined ? null : this.#state.log[id - 1]!.payload;
  }

  #newest(decisions: Iterable<DecisionRow>): DecisionRow[] {
    const { decisionNos } = this.#state;
    return [...decisions].sort((a, b) => decisionNos.get(b.id)! - decisionNos.get(a.id)!);
  }

  #withTexts(rows: DecisionRow[], room: number): StoredDecision[] {
    const contexts = rows.map((row) => this.#payloadAt(row.runNo, row.requestedSeq) ?? "null");
    const sizes = contexts.map(bytes);
    const most = contextShare(sizes, room);
    return rows.map((row, i) => {
      const isCut = sizes[i]! > most;
      const context = cutContext(sizes[i]!, most, contexts[i]!);
      return {
        ...row,
        runId: this.#state.runs.get(row.runNo)!.id,
        context: isCut || !lacksOutputs(context)
          ? context
          : this.#withOutputs(row, context, outputShare(sizes, room)),
        contextCut: isCut,
        resolution: this.#payloadAt(row.runNo, row.resolvedSeq),
      };
    });
  }

  #withOutputs({ runNo, requestedSeq }: DecisionRow, context: string, room: number): string {
    const from = requestedSeq - LOOKED_BACK;
    const ids = this.#state.eventIds.get(runNo)!.slice(Math.max(0, from - 1), requestedSeq - 1);
    const completed = ids.map((id) => this.#state.log[id - 1]!).reverse()
      .filter(({ type }) => type === "step_completed");
    const outputs = new ShownOutputs(room);
    for (const { stepId, payload } of completed) {
      if (outputs.has(stepId!)) continue;
      if (!outputs.hasRoom(stepId!, bytes(payload))) break;
      outputs.add(stepId!, outputOf(payload));
    }
    return outputs.in(context, from <= 1);
  }

  #stored(id: number): StoredEvent {
    const { runNo, ...event } = this.#state.log[id - 1]!;
    const runId = this.#state.runs.get(runNo)!.id;
    return { id: id as EventId, runId, ...event, payloadSize: bytes(event.payload) };
  }
}

function counted(n: number): Counted {
  return { total: Math.min(n, MOST_COUNTED), isAll: n <= MOST_COUNTED };
}

/** Whether the first key is the lower one. */
function isBefore(a: readonly (number | string)[], b: readonly (number | string)[]): boolean {
  const at = a.findIndex((part, i) => part !== b[i]);
  return at >= 0 && a[at]! < b[at]!;
}

function bytes(text: string | null): number {
  return text === null ? 0 : Buffer.byteLength(text);
}

function isSmall(text: string | null): boolean {
  return bytes(text) <= SMALL_TEXT;
}

function headOf({ params: _, ...run }: RunRow): RunHead {
  return { ...run, error: cutError(run.error) };
}

/** Orders by a text as the database does: by code unit, not by locale. */
function by<T>(text: (row: T) => string): (a: T, b: T) => number {
  return (a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
}
