// The reads of a store with tables, as the engine asks for them: cursors become keys, and slices pages.

import type { AgentTally, Counts, Stretches } from "../counts.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { DECISION_KEYS, decisionKey } from "../decision-order.ts";
import { pageOf } from "../page.ts";
import type { Expired, ExpiredSlice, Expiry } from "../retention-store.ts";
import { orderOf, RUN_KEYS, runKey } from "../run-order.ts";
import type {
  CallbackFilter,
  Counted,
  DecisionFilter,
  EventFilter,
  FireFilter,
  HookFilter,
  LimitRow,
  NewestVersion,
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
  StoredDecision,
  TemplateFilter,
  TemplateRow,
  ViewOptions,
  WantedTexts,
} from "../store.ts";
import type { StoredVault } from "../vault-store.ts";
import type { ReadArgs, Reads } from "./reads/index.ts";

export abstract class NamedReads {
  /** The named read in one snapshot, wherever it takes place. */
  protected abstract read<Name extends keyof Reads>(
    name: Name,
    ...args: ReadArgs<Name>
  ): Promise<ReturnType<Reads[Name]>>;

  runByNo(runNo: number): Promise<RunRow | null> {
    return this.read("runByNo", runNo);
  }

  runByKey(agentId: string | null, idempotencyKey: string): Promise<RunRow | null> {
    return this.read("runByKey", agentId, idempotencyKey);
  }

  readRun(id: string, options: ReadOptions): Promise<RunRecord | null> {
    return this.read("readRun", id, options);
  }

  viewRun(id: string, options: ViewOptions): Promise<RunView | null> {
    return this.read("viewRun", id, options);
  }

  runTexts(runNo: number, wanted: WantedTexts): Promise<RunTexts> {
    return this.read("runTexts", runNo, wanted);
  }

  stepStatuses(runNo: number) {
    return this.read("stepStatuses", runNo);
  }

  runHead(id: string): Promise<RunHead | null> {
    return this.read("runHead", id);
  }

  async listRuns(filter: RunFilter): Promise<Page<RunSummary>> {
    const order = orderOf(filter);
    const after = decodeCursor("runs", RUN_KEYS[order], filter.cursor);
    const slice = await this.read("listRuns", filter, after);
    return pageOf("runs", slice, ({ run }) => runKey(order, run));
  }

  countRuns(filter: RunFilter): Promise<Counted> {
    return this.read("countRuns", filter);
  }

  async openRuns(
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<Page<OpenRun>> {
    const after = decodeCursor("open runs", ["integer"], cursor) as [number] | null;
    const slice = await this.read("openRuns", limit, after?.[0] ?? 0);
    return pageOf("open runs", slice, ({ runNo }) => [runNo]);
  }

  unfinishedChildren(): Promise<{ runNo: number; parentRunNo: number }[]> {
    return this.read("unfinishedChildren");
  }

  decisionById(id: string): Promise<OneDecision | null> {
    return this.read("decisionById", id);
  }

  async listDecisions(filter: DecisionFilter): Promise<Page<StoredDecision>> {
    const { order = "newest" } = filter;
    const after = decodeCursor("decisions", DECISION_KEYS[order], filter.cursor);
    const slice = await this.read("listDecisions", filter, after);
    return pageOf("decisions", slice, (row) => decisionKey(order, row));
  }

  countDecisions(filter: DecisionFilter): Promise<Counted> {
    return this.read("countDecisions", filter);
  }

  eventPayload(runNo: number, seq: number): Promise<string | null> {
    return this.read("eventPayload", runNo, seq);
  }

  eventText(runNo: number, seq: number, most: number) {
    return this.read("eventText", runNo, seq, most);
  }

  async listEvents(filter: EventFilter) {
    const after = decodeCursor("events", ["integer", "integer"], filter.cursor);
    const key = after as [number, number] | null;
    const { rows, next } = await this.read("listEvents", filter, key);
    return { rows, next: next === null ? null : encodeCursor("events", next) };
  }

  dueTimers(now: number, limit: number, from?: number) {
    return this.read("dueTimers", now, limit, from);
  }

  template(name: string, version: number | null): Promise<TemplateRow | null> {
    return this.read("template", name, version);
  }

  newestVersion(name: string): Promise<NewestVersion | null> {
    return this.read("newestVersion", name);
  }

  templateNames(limit: number, prefix?: string): Promise<string[]> {
    return this.read("templateNames", limit, prefix);
  }

  async listTemplates(filter: TemplateFilter): Promise<Page<TemplateRow>> {
    const after = decodeCursor("templates", ["text", "integer"], filter.cursor);
    const slice = await this.read("listTemplates", filter, after as [string, number] | null);
    return pageOf("templates", slice, (row) => [row.name, row.version]);
  }

  schedule(id: string): Promise<ScheduleRow | null> {
    return this.read("schedule", id);
  }

  scheduleByName(name: string): Promise<ScheduleRow | null> {
    return this.read("scheduleByName", name);
  }

  triggersOf(templateName: string): Promise<ScheduleRow[]> {
    return this.read("triggersOf", templateName);
  }

  async listSchedules(filter: ScheduleFilter): Promise<Page<ScheduleRow>> {
    const after = decodeCursor("schedules", ["text"], filter.cursor) as [string] | null;
    const slice = await this.read("listSchedules", filter, after && after[0]);
    return pageOf("schedules", slice, (row) => [row.name]);
  }

  async listFires(filter: FireFilter) {
    const before = decodeCursor("fires", ["integer"], filter.cursor) as [number] | null;
    const slice = await this.read("listFires", filter, before && before[0]);
    return pageOf("fires", slice, (row) => [row.dueAt]);
  }

  begunRuns(limits: readonly Pick<LimitRow, "kind" | "name">[]): Promise<number[]> {
    return this.read("begunRuns", limits.map(({ kind, name }) => ({ kind, name })));
  }

  unfinishedAmong(runNos: readonly number[]): Promise<number[]> {
    return this.read("unfinishedAmong", [...runNos]);
  }

  hook(templateName: string, name: string) {
    return this.read("hook", templateName, name);
  }

  async listHooks(filter: HookFilter) {
    const after = decodeCursor("hooks", ["text", "text"], filter.cursor);
    const slice = await this.read("listHooks", filter, after as [string, string] | null);
    return pageOf("hooks", slice, (row) => [row.templateName, row.name]);
  }

  readonly firstCallback = (runNo: number) => this.read("firstCallback", runNo);
  readonly callback = (runNo: number, seq: number) => this.read("callback", runNo, seq);

  async listCallbacks(filter: CallbackFilter) {
    const after = decodeCursor("callbacks", ["integer", "integer"], filter.cursor);
    const slice = await this.read("listCallbacks", filter, after as [number, number] | null);
    return pageOf("callbacks", slice, (row) => [row.runNo, row.seq]);
  }

  withNotices(agentIds: readonly string[]) {
    return this.read("withNotices", agentIds);
  }

  noticesOf(agentId: string, since: number) {
    return this.read("noticesOf", agentId, since);
  }

  async listAgents(
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<Page<AgentTally>> {
    const after = decodeCursor("agents", ["integer", "text"], cursor) as [number, string] | null;
    const found = await this.read("listAgents", limit, after);
    const slice = { rows: found.slice(0, limit), more: found.length > limit };
    return pageOf("agents", slice, ({ lastSeenAt, id }) => [lastSeenAt ?? -1, id]);
  }

  counts(stretches: Stretches): Promise<Counts> {
    return this.read("counts", stretches);
  }

  readVault(): Promise<StoredVault> {
    return this.read("readVault");
  }

  endedBack(before: number | null, count: number) {
    return this.read("endedBack", before, count);
  }

  expiredRuns(expiry: Expiry, after: number): Promise<ExpiredSlice> {
    return this.read("expiredRuns", expiry, after);
  }

  halfRemoved(limit: number): Promise<Expired[]> {
    return this.read("halfRemoved", limit);
  }
}
