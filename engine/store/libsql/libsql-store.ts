// The embedded store as the engine sees it: batches go to the writer's thread, reads to the other.

import { OpcodeError } from "../../../core/errors.ts";
import type { BackupStore, CopyFacts } from "../backup-store.ts";
import type { AgentTally, Counts, Stretches } from "../counts.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { DECISION_KEYS, decisionKey } from "../decision-order.ts";
import { pageOf } from "../page.ts";
import { orderOf, RUN_KEYS, runKey } from "../run-order.ts";
import type {
  CallbackFilter,
  Counted,
  DecisionFilter,
  EventFilter,
  EventId,
  FireFilter,
  HandOver,
  HandOverResult,
  HookFilter,
  OneDecision,
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
  Store,
  StoredDecision,
  TemplateFilter,
  TemplateRow,
  ViewOptions,
  WantedTexts,
} from "../store.ts";
import type {
  Expired,
  ExpiredSlice,
  Expiry,
  FiresGone,
  FiresKept,
  FreeSpace,
  Removal,
} from "../retention-store.ts";
import type { Rekey, SecretRow, StoredVault, VaultMeta, VaultStore } from "../vault-store.ts";
import { flatten } from "../sql/flatten.ts";
import type { Opened } from "./messages.ts";
import type { ReadArgs, Reads } from "../sql/reads/index.ts";
import { Lanes } from "./lanes.ts";
import { LogMover } from "./log-mover.ts";
import type { ThreadClient } from "./thread-client.ts";

export class LibsqlStore implements Store, VaultStore, BackupStore {
  readonly #writer: ThreadClient;
  readonly #reader: ThreadClient;
  readonly #mover: LogMover | null;
  readonly #lanes: Lanes;
  #lastRunNo: number;
  #lastEventId: number;
  /** The commit before the next one; a batch may build on the one before it. */
  #previous: Promise<unknown> = Promise.resolve();
  readonly #health: { fault: string | null };
  readonly turns: Float64Array;

  /** `health.fault` is set by whoever hears of one from the threads. */
  constructor(
    options: {
      writer: ThreadClient;
      reader: ThreadClient;
      /** Starts one; null for a database that nothing but its writer can see. */
      copier: (() => ThreadClient) | null;
      opened: Opened;
      health: { fault: string | null };
      turns: Float64Array;
    },
  ) {
    this.#health = options.health;
    this.turns = options.turns;
    this.#writer = options.writer;
    this.#reader = options.reader;
    this.#mover = options.copier && new LogMover(options.writer, options.copier);
    this.#lanes = new Lanes(options.reader);
    this.#lastRunNo = options.opened.lastRunNo;
    this.#lastEventId = options.opened.lastEventId;
  }

  get fault(): string | null {
    return this.#health.fault;
  }

  commit(batch: readonly HandOver[]): Promise<HandOverResult[]> {
    const commit = this.#previous.then(() => this.#commit(batch));
    this.#previous = commit.catch(() => {});
    return commit;
  }

  async #commit(batch: readonly HandOver[]): Promise<HandOverResult[]> {
    const firstEventId = this.#lastEventId + 1;
    const flattened = flatten(batch, firstEventId);
    if (flattened.ok && await this.#writer.call("commitWhole", flattened.flat)) {
      return this.#number(batch.map(() => ({ ok: true, eventIds: [] })), batch);
    }
    return this.#number(await this.#writer.call("commitEach", [...batch], firstEventId), batch);
  }

  /** Returns the ids that the events of the committed hand-overs got. */
  #number(results: HandOverResult[], batch: readonly HandOver[]): HandOverResult[] {
    for (let i = 0; i < batch.length; i++) {
      if (!results[i]!.ok) continue;
      const { events } = batch[i]!;
      results[i] = { ok: true, eventIds: events.map(() => ++this.#lastEventId as EventId) };
    }
    return results;
  }

  /** The file's lock keeps all other writers out: what was in it when it was opened is known. */
  takeRunNos(count: number): Promise<number> {
    this.#lastRunNo += count;
    return Promise.resolve(this.#lastRunNo - count + 1);
  }

  runByNo(runNo: number): Promise<RunRow | null> {
    return this.#read("runByNo", runNo);
  }

  runByKey(agentId: string | null, idempotencyKey: string): Promise<RunRow | null> {
    return this.#read("runByKey", agentId, idempotencyKey);
  }

  readRun(id: string, options: ReadOptions): Promise<RunRecord | null> {
    return this.#read("readRun", id, options);
  }

  viewRun(id: string, options: ViewOptions): Promise<RunView | null> {
    return this.#read("viewRun", id, options);
  }

  runTexts(runNo: number, wanted: WantedTexts): Promise<RunTexts> {
    return this.#read("runTexts", runNo, wanted);
  }

  stepStatuses(runNo: number) {
    return this.#read("stepStatuses", runNo);
  }

  runHead(id: string): Promise<RunHead | null> {
    return this.#read("runHead", id);
  }

  async listRuns(filter: RunFilter): Promise<Page<RunSummary>> {
    const order = orderOf(filter);
    const after = decodeCursor("runs", RUN_KEYS[order], filter.cursor);
    const slice = await this.#read("listRuns", filter, after);
    return pageOf("runs", slice, ({ run }) => runKey(order, run));
  }

  countRuns(filter: RunFilter): Promise<Counted> {
    return this.#read("countRuns", filter);
  }

  async openRuns(
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<Page<OpenRun>> {
    const after = decodeCursor("open runs", ["integer"], cursor) as [number] | null;
    const slice = await this.#read("openRuns", limit, after?.[0] ?? 0);
    return pageOf("open runs", slice, ({ runNo }) => [runNo]);
  }

  unfinishedChildren(): Promise<{ runNo: number; parentRunNo: number }[]> {
    return this.#read("unfinishedChildren");
  }

  decisionById(id: string): Promise<OneDecision | null> {
    return this.#read("decisionById", id);
  }

  async listDecisions(filter: DecisionFilter): Promise<Page<StoredDecision>> {
    const { order = "newest" } = filter;
    const after = decodeCursor("decisions", DECISION_KEYS[order], filter.cursor);
    const slice = await this.#read("listDecisions", filter, after);
    return pageOf("decisions", slice, (row) => decisionKey(order, row));
  }

  countDecisions(filter: DecisionFilter): Promise<Counted> {
    return this.#read("countDecisions", filter);
  }

  eventPayload(runNo: number, seq: number): Promise<string | null> {
    return this.#read("eventPayload", runNo, seq);
  }

  eventText(runNo: number, seq: number, most: number) {
    return this.#read("eventText", runNo, seq, most);
  }

  async listEvents(filter: EventFilter) {
    const after = decodeCursor("events", ["integer", "integer"], filter.cursor);
    const key = after as [number, number] | null;
    const { rows, next } = await this.#read("listEvents", filter, key);
    return { rows, next: next === null ? null : encodeCursor("events", next) };
  }

  dueTimers(now: number, limit: number, from?: number) {
    return this.#read("dueTimers", now, limit, from);
  }

  template(name: string, version: number | null): Promise<TemplateRow | null> {
    return this.#read("template", name, version);
  }

  templateNames(limit: number, prefix?: string): Promise<string[]> {
    return this.#read("templateNames", limit, prefix);
  }

  async listTemplates(filter: TemplateFilter): Promise<Page<TemplateRow>> {
    const after = decodeCursor("templates", ["text", "integer"], filter.cursor);
    const slice = await this.#read("listTemplates", filter, after as [string, number] | null);
    return pageOf("templates", slice, (row) => [row.name, row.version]);
  }

  schedule(id: string): Promise<ScheduleRow | null> {
    return this.#read("schedule", id);
  }

  scheduleByName(name: string): Promise<ScheduleRow | null> {
    return this.#read("scheduleByName", name);
  }

  triggersOf(templateName: string): Promise<ScheduleRow[]> {
    return this.#read("triggersOf", templateName);
  }

  async listSchedules(filter: ScheduleFilter): Promise<Page<ScheduleRow>> {
    const after = decodeCursor("schedules", ["text"], filter.cursor) as [string] | null;
    const slice = await this.#read("listSchedules", filter, after && after[0]);
    return pageOf("schedules", slice, (row) => [row.name]);
  }

  async listFires(filter: FireFilter) {
    const before = decodeCursor("fires", ["integer"], filter.cursor) as [number] | null;
    const slice = await this.#read("listFires", filter, before && before[0]);
    return pageOf("fires", slice, (row) => [row.dueAt]);
  }

  unfinishedAmong(runNos: readonly number[]): Promise<number[]> {
    return this.#read("unfinishedAmong", [...runNos]);
  }

  hook(templateName: string, name: string) {
    return this.#read("hook", templateName, name);
  }

  async listHooks(filter: HookFilter) {
    const after = decodeCursor("hooks", ["text", "text"], filter.cursor);
    const slice = await this.#read("listHooks", filter, after as [string, string] | null);
    return pageOf("hooks", slice, (row) => [row.templateName, row.name]);
  }

  readonly firstCallback = (runNo: number) => this.#read("firstCallback", runNo);
  readonly callback = (runNo: number, seq: number) => this.#read("callback", runNo, seq);

  async listCallbacks(filter: CallbackFilter) {
    const after = decodeCursor("callbacks", ["integer", "integer"], filter.cursor);
    const slice = await this.#read("listCallbacks", filter, after as [number, number] | null);
    return pageOf("callbacks", slice, (row) => [row.runNo, row.seq]);
  }

  noticesOf(agentId: string, since: number) {
    return this.#read("noticesOf", agentId, since);
  }

  async listAgents(
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<Page<AgentTally>> {
    const after = decodeCursor("agents", ["integer", "text"], cursor) as [number, string] | null;
    const found = await this.#read("listAgents", limit, after);
    const slice = { rows: found.slice(0, limit), more: found.length > limit };
    return pageOf("agents", slice, ({ lastSeenAt, id }) => [lastSeenAt ?? -1, id]);
  }

  counts(stretches: Stretches): Promise<Counts> {
    return this.#read("counts", stretches);
  }

  readVault(): Promise<StoredVault> {
    return this.#read("readVault");
  }

  async createVault(meta: VaultMeta): Promise<void> {
    await this.#writer.call("createVault", meta);
  }

  async putSecret(row: SecretRow): Promise<void> {
    await this.#writer.call("putSecret", row);
  }

  async deleteSecret(name: string): Promise<void> {
    await this.#writer.call("deleteSecret", name);
  }

  rekey(change: Rekey, adopt: () => void): Promise<string | null> {
    const rekey = this.#previous.then(async () => {
      const broken = await this.#writer.call("rekey", change);
      if (broken === null) adopt();
      return broken;
    });
    this.#previous = rekey.catch(() => {});
    return rekey;
  }

  countDeaths() {
    return this.#writer.call("countDeaths");
  }

  async suspect(runNo: number, doing: string | null): Promise<void> {
    await this.#writer.call("suspect", runNo, doing);
  }

  async condemn(runNo: number, deaths: number): Promise<void> {
    await this.#writer.call("condemn", runNo, deaths);
  }

  async trust(runNo: number): Promise<void> {
    await this.#writer.call("trust", runNo);
  }

  endedBack(before: number | null, count: number) {
    return this.#read("endedBack", before, count);
  }

  expiredRuns(expiry: Expiry, after: number): Promise<ExpiredSlice> {
    return this.#read("expiredRuns", expiry, after);
  }

  halfRemoved(limit: number): Promise<Expired[]> {
    return this.#read("halfRemoved", limit);
  }

  removing<T>(work: () => Promise<T>): Promise<T> {
    return this.#mover === null ? work() : this.#mover.besideMany(work);
  }

  removeRuns(
    runs: readonly Expired[],
    options: { at: number; keysSince: number; budgetMs: number },
  ): Promise<Removal> {
    return this.#writer.call("removeRuns", runs, options);
  }

  removeFires(
    kept: FiresKept,
    options: { after: string; budgetMs: number },
  ): Promise<FiresGone> {
    return this.#writer.call("removeFires", kept, options);
  }

  returnSpace(budgetMs: number): Promise<FreeSpace> {
    return this.#writer.call("returnSpace", budgetMs);
  }

  async backup(file: string): Promise<CopyFacts> {
    if (this.#mover === null) {
      throw new OpcodeError("CONFLICT", "db_path: a database in memory has nothing to back up");
    }
    // The log grows as long as the copy reads of it.
    return await this.#mover.beside((copier) => copier.call("copy", file));
  }

  /** CPU time that the writer's thread has used so far, in microseconds. */
  writerCpu(): Promise<{ user: number; system: number }> {
    return this.#writer.call("cpu");
  }

  /** The reader goes first: the writer's is the last connection, the only one to clean up. */
  async close(): Promise<void> {
    await this.#previous;
    await this.#mover?.close();
    try {
      if (this.#reader !== this.#writer) await this.#reader.close();
    } finally {
      await this.#writer.close();
    }
  }

  /** Ends both threads at once, as a crash would; what is not durable is lost. */
  async crash(): Promise<void> {
    await Promise.all([this.#writer.terminate(), this.#reader.terminate()]);
  }

  #read<Name extends keyof Reads>(
    name: Name,
    ...args: ReadArgs<Name>
  ): Promise<ReturnType<Reads[Name]>> {
    return this.#lanes.read(name, ...args);
  }
}
