// Which parts of which indexes have the runs that a list is asked for, and what is left to look at in each.

import { RUN_STATUSES, type RunStatus } from "../../../../core/status.ts";
import { orderOf } from "../../run-order.ts";
import type { RunFilter } from "../../store.ts";
import { INTERRUPTED } from "../migrations.ts";
import { type Source, statusCode } from "./source.ts";

export type Values = (number | string | null)[];

export interface Range {
  /** The table with the index that has the range in the order of the list. */
  from: string;
  /** The range, which that index knows alone. */
  where: string;
  values: Values;
  /** What else the filter asks for: each row has to be looked at. */
  rest: Conditions;
  /** Whether it never has many rows: then all of them may be looked at. */
  isFew?: boolean;
}

interface Conditions {
  parts: string[];
  values: Values;
}

/**
 * The wall clock may have been set back by as much between two runs: where those of a time begin is
 * looked for so much before it. What a clock that was further off has stamped is not found by time.
 */
const LARGEST_SET_BACK_MS = 24 * 3_600_000;

/** `after`: the number of the last run looked at, in a list that is by number. */
export function rangesOf(source: Source, filter: RunFilter, after: [number] | null): Range[] {
  const order = orderOf(filter);
  // Nothing is of none of them, and no index is looked at for it.
  if (templatesOf(filter)?.length === 0) return [];
  if (filter.status === "interrupted") return [interrupted(filter, after)];
  if (order === "id") return [ofIds(filter)];
  if (order === "completion") return [ofCompletion(filter)];
  return ofNumbers(filter, numberBounds(source, filter, after));
}

type Criterion = "agentId" | "templateNames" | "parentRunNo" | "status" | "created" | "completed";

/** Those criteria of the filter that no index has had yet. */
function restOf(filter: RunFilter, done: readonly Criterion[]): Conditions {
  const parts: string[] = [];
  const values: Values = [];
  const add = (criterion: Criterion, value: Values[number] | undefined, text: string) => {
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
function interrupted(filter: RunFilter, after: [number] | null): Range {
  const { agentId, idPrefix } = filter;
  const [index, of, values]: [string, string, Values] = agentId === undefined
    ? ["runs_interrupted", "", []]
    : ["runs_interrupted_by_agent", " AND agent_id = ?", [agentId]];
  const rest = restOf(filter, ["agentId", "status"]);
  if (idPrefix !== undefined) {
    rest.parts.push("id >= ? AND id < ?");
    rest.values.push(idPrefix, `${idPrefix}~`);
  }
  if (after !== null) {
    rest.parts.push("run_no < ?");
    rest.values.push(after[0]);
  }
  return {
    from: `runs INDEXED BY ${index}`,
    where: INTERRUPTED + of,
    values,
    rest,
    isFew: true,
  };
}

function ofIds(filter: RunFilter): Range {
  const prefix = filter.idPrefix!;
  return {
    from: "runs INDEXED BY sqlite_autoindex_runs_1",
    where: "id >= ? AND id < ?",
    values: [prefix, `${prefix}~`],
    rest: restOf(filter, []),
  };
}

function ofCompletion(filter: RunFilter): Range {
  const { completedSince = -Infinity, completedUntil = Infinity } = filter;
  const bound = (ms: number) => Math.max(-1, Math.min(ms, Number.MAX_SAFE_INTEGER));
  return {
    from: "runs INDEXED BY runs_by_completion",
    where: "completed_at IS NOT NULL AND completed_at >= ? AND completed_at <= ?",
    values: [bound(completedSince), bound(completedUntil)],
    rest: restOf(filter, ["completed"]),
  };
}

/** One range, or one a template and status: the indexes have those before the number. */
function ofNumbers(filter: RunFilter, numbers: Conditions): Range[] {
  const { agentId, parentRunNo } = filter;
  const within = (from: string, where: string[], values: Values, done: Criterion[]): Range => ({
    from,
    where: [...where, ...numbers.parts].join(" AND "),
    values: [...values, ...numbers.values],
    rest: restOf(filter, done),
  });
  if (parentRunNo !== undefined) {
    return [
      within("runs INDEXED BY runs_by_parent", ["parent_run_no = ?"], [parentRunNo], [
        "parentRunNo",
      ]),
    ];
  }
  const statuses = statusesOf(filter) ?? RUN_STATUSES;
  const ofStatus = (index: string, where: string[], values: Values, done: Criterion[]) =>
    statuses.map((status) =>
      within(`runs INDEXED BY ${index}`, [...where, `status = ${statusCode(status)}`], values, [
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
  return [within("runs NOT INDEXED", [], [], [])];
}

/** One bound at each end, since of two the planner takes any: after the last page, and within the times. */
function numberBounds(
  source: Source,
  { since, until }: RunFilter,
  after: [number] | null,
): Conditions {
  const least = since === undefined ? undefined : source.row(
    "SELECT run_no FROM runs WHERE created_at < ? ORDER BY created_at DESC, run_no DESC LIMIT 1",
    [since - LARGEST_SET_BACK_MS],
  );
  const most = until === undefined ? undefined : source.row(
    "SELECT run_no FROM runs WHERE created_at > ? ORDER BY created_at, run_no LIMIT 1",
    [until + LARGEST_SET_BACK_MS],
  );
  const below = Math.min(after?.[0] ?? Infinity, most?.run_no ?? Infinity);
  const from = least === undefined ? 0 : least.run_no + 1;
  return below === Infinity
    ? { parts: ["run_no >= ?"], values: [from] }
    : { parts: ["run_no >= ?", "run_no < ?"], values: [from, below] };
}
