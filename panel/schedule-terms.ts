// What somebody fills in of a schedule, as texts, and the request that they make.

import type { CatchUp, Overlap, ScheduleRow } from "./replies.ts";

export interface ScheduleTexts extends Record<string, string> {
  name: string;
  template_name: string;
  version: string;
  cron: string;
  timezone: string;
  overlap: string;
  catch_up: string;
  jitter: string;
  end_at: string;
  max_runs: string;
  agent_id: string;
}

export const OVERLAPS: Record<Overlap, string> = {
  skip: "leaves that time out",
  queue: "runs once the other is over",
  allow: "runs beside it",
};

export const CATCH_UPS: Record<CatchUp, string> = {
  none: "are left out",
  one: "have one run together, for the last",
  all: "have a run each",
};

export function textsOfSchedule(row: ScheduleRow | undefined): ScheduleTexts {
  return {
    name: row?.name ?? "",
    template_name: row?.template_name ?? "",
    version: row?.version ?? "",
    cron: row?.cron ?? "",
    timezone: row?.timezone ?? "UTC",
    overlap: row?.overlap ?? "skip",
    catch_up: row?.catch_up ?? "one",
    jitter: row?.jitter ?? "0s",
    end_at: row?.end_at ?? "",
    max_runs: row?.max_runs === undefined ? "" : String(row.max_runs),
    agent_id: row?.agent_id ?? "",
  };
}

/** All that the texts say; what is empty is what it is by default. */
export function termsOf(texts: ScheduleTexts, params: object): Record<string, unknown> {
  const { version, jitter, end_at, max_runs } = texts;
  const count = max_runs.trim() === "" ? null : Number(max_runs);
  return {
    template_name: texts.template_name,
    version: version.trim() || "latest",
    cron: texts.cron,
    timezone: texts.timezone.trim() || "UTC",
    params,
    overlap: texts.overlap,
    catch_up: texts.catch_up,
    jitter: jitter.trim() || "0s",
    end_at: end_at.trim() || null,
    // What is no number is refused by whoever knows the rule.
    max_runs: Number.isNaN(count) ? max_runs : count,
  };
}

/** Those of the terms that are others than before. */
export function changedTerms(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): Record<string, unknown> {
  const isOther = ([name, value]: [string, unknown]) =>
    JSON.stringify(value) !== JSON.stringify(before[name]);
  return Object.fromEntries(Object.entries(after).filter(isOther));
}
