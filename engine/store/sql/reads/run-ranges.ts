// Which parts of which indexes have the runs that a list is asked for, and what is left to look at in each.

import { RUN_STATUSES, type RunStatus } from "../../../../core/status.ts";
import { orderOf } from "../../run-order.ts";
import type { RunFilter } from "../../store.ts";
import type { Dialect } from "../dialect.ts";
import { interruptedRuns } from "../indexed.ts";
import type { Reading, Value } from "../reading.ts";
import { type Source, statusCode } from "../source.ts";

export interface Range {
  /** The table with the index that has the range in the order of the list. */
  table: string;
  /** The range, which that index knows alone, but for its ends in the order of the list. */
  where: string;
  values: Value[];
  /** Those: a number, a time of completion or an id each; `below` is not in it, `to` is. */
  from: number | string;
  below?: number | string;
  to?: number;
  /** What else the filter asks for: each row has to be looked at. */
  rest: Conditions;
  /** Whether it never has many rows: then all of them may be looked at. */
  isFew?: boolean;
}

interface Conditions {
  parts: string[];
  values: Value[];
}

/**
 * The wall clock may have been set back by as much between two runs: where those of a time begin is
 * looked for so much before it. What a clock that was further off has stamped is not found by time.
 */
const LARGEST_SET_BACK_MS = 24 * 3_600_000;

export function* rangesOf(source: Source, filter: RunFilter): Reading<Range[]> {
  const order = orderOf(filter);
  const { dialect } = source;
  // Nothing is of none of them, and no index is looked at for it.
  if (templatesOf(filter)?.length === 0) return [];
  if (filter.status === "interrupted") return [interrupted(dialect, filter)];
  if (order === "id") return [ofIds(dialect, filter)];
  if (order === "completion") return [ofCompletion(dialect, filter)];
  return ofNumbers(dialect, filter, yield* numberBounds(source, filter));
}

/**
 * Where those up to a time end is looked for so much after it: a list begins there, and a busy day has
 * many that would be passed over.
 */
const SLIGHTLY_SET_BACK_MS = 60_000;

/** What no key of a list with this order is below. */
const LOWEST = { number: 0, completion: -1, id: "" } as const;

type Criterion = "agentId" | "templateNames" | "parentRunNo" | "status" | "created" | "completed";

/** Those criteria of the filter that no index has had yet. */
function restOf(filter: RunFilter, done: readonly Criterion[]): Conditions {
  const parts: string[] = [];
  const values: Value[] = [];
  const add = (criterion: Criterion, value: Value | undefined, text: string) => {
    if (value === undefined || done.includes(criterion)) return;
    parts.push(text);
    values.push(value);
  };
  add("agentId", filter.agentId, "agent_id = ?");
  add("parentRunNo", filter.parentRunNo, "parent_run_no = ?");
  add("created", filter.since, "created_at >= ?");
  add("created", filter.until, "created_at <= ?");
  add("completed", filter.completedSince, "completed_at >= ?");
  add("completed", filter.completedUntil, "completed_at <= ?");
  const names = templatesOf(filter);
  if (names !== undefined && !done.includes("templateNames")) {
    parts.push(`template_name IN (${names.map(() => "?").join(", ")})`);
    values.push(...names);
  }
  if (filter.idSuffix !== undefined) {
    parts.push("substr(id, length(id) + 1 - ?) = ?");
    values.push(filter.idSuffix.length, filter.idSuffix);
  }
  const statuses = filter.status === "interrupted" ? undefined : statusesOf(filter);
  if (statuses !== undefined && !done.includes("status")) {
    parts.push(`status IN (${statuses.map(statusCode).join(", ")})`);
  }
  return { parts, values };
}

function templatesOf({ templateName, templateNames }: RunFilter): readonly string[] | undefined {
  if (templateName === undefined) return templateNames;
  return templateNames?.includes(templateName) === false ? [] : [templateName];
}

function statusesOf({ status }: RunFilter): readonly RunStatus[] | undefined {
  if (status === undefined || status === "interrupted") return undefined;
  return typeof status === "string" ? [status] : status;
}

/** Few, so the other criteria are looked for among them. */
function interrupted(dialect: Dialect, filter: RunFilter): Range {
  const { agentId, idPrefix } = filter;
  const [index, of, values]: [string, string, Value[]] = agentId === undefined
    ? ["runs_interrupted", "", []]
    : ["runs_interrupted_by_agent", " AND agent_id = ?", [agentId]];
  const rest = restOf(filter, ["agentId", "status"]);
  if (idPrefix !== undefined) {
    rest.parts.push("id >= ? AND id < ?");
    rest.values.push(idPrefix, `${idPrefix}~`);
  }
  return {
    table: `runs ${dialect.indexedBy(index)}`,
    where: interruptedRuns(dialect) + of,
    values,
    from: LOWEST[orderOf(filter)],
    rest,
    isFew: true,
  };
}

function ofIds({ indexedBy }: Dialect, filter: RunFilter): Range {
  const prefix = filter.idPrefix!;
  return {
    table: `runs ${indexedBy("runs_by_id")}`,
    where: "true",
    values: [],
    from: prefix,
    below: `${prefix}~`,
    rest: restOf(filter, []),
  };
}

function ofCompletion({ indexedBy }: Dialect, filter: RunFilter): Range {
  const { completedSince = -Infinity, completedUntil = Infinity } = filter;
  const bound = (ms: number) => Math.max(-1, Math.min(ms, Number.MAX_SAFE_INTEGER));
  return {
    table: `runs ${indexedBy("runs_by_completion")}`,
    where: "completed_at IS NOT NULL",
    values: [],
    from: bound(completedSince),
    to: bound(completedUntil),
    rest: restOf(filter, ["completed"]),
  };
}

/** One range, or one a template and status: the indexes have those before the number. */
function ofNumbers(
  { indexedBy, unindexed }: Dialect,
  filter: RunFilter,
  ends: Pick<Range, "from" | "below">,
): Range[] {
  const { agentId, parentRunNo } = filter;
  const within = (table: string, where: string[], values: Value[], done: Criterion[]): Range => ({
    table,
    where: where.join(" AND ") || "true",
    values,
    ...ends,
    rest: restOf(filter, done),
  });
  if (parentRunNo !== undefined) {
    return [
      within(`runs ${indexedBy("runs_by_parent")}`, ["parent_run_no = ?"], [parentRunNo], [
        "parentRunNo",
      ]),
    ];
  }
  const statuses = statusesOf(filter) ?? RUN_STATUSES;
  const ofStatus = (index: string, where: string[], values: Value[], done: Criterion[]) =>
    statuses.map((status) =>
      within(`runs ${indexedBy(index)}`, [...where, `status = ${statusCode(status)}`], values, [
        ...done,
        "status",
      ])
    );
  if (agentId !== undefined) {
    return ofStatus("runs_by_agent", ["agent_id = ?"], [agentId], ["agentId"]);
  }
  const names = templatesOf(filter);
  if (names !== undefined) {
    return names.flatMap((name) =>
      ofStatus("runs_by_template", ["template_name = ?"], [name], ["templateNames"])
    );
  }
  if (filter.status !== undefined) return ofStatus("runs_by_status", [], [], []);
  return [within(`runs ${unindexed}`, [], [], [])];
}

/** The numbers of the runs that may be of the times asked for. */
function* numberBounds(
  source: Source,
  { since, until }: RunFilter,
): Reading<Pick<Range, "from" | "below">> {
  const least = since === undefined ? undefined : yield* source.row(
    "SELECT run_no FROM runs WHERE created_at < ? ORDER BY created_at DESC, run_no DESC LIMIT 1",
    [since - LARGEST_SET_BACK_MS],
  );
  const most = until === undefined ? undefined : yield* source.row(
    "SELECT run_no FROM runs WHERE created_at > ? ORDER BY created_at, run_no LIMIT 1",
    [until + SLIGHTLY_SET_BACK_MS],
  );
  return {
    from: least === undefined ? LOWEST.number : least.run_no + 1,
    ...(most !== undefined && { below: most.run_no }),
  };
}
