// Which reads a store is asked for, by name.

import type { Reading } from "../reading.ts";
import type { Source } from "../source.ts";
import { listAgents } from "./agents.ts";
import { begunRuns } from "./begun.ts";
import { callback, firstCallback, listCallbacks } from "./callbacks.ts";
import { counts } from "./counts.ts";
import { countDecisions, decisionById, listDecisions } from "./decisions.ts";
import { eventPayload, eventText, listEvents } from "./events.ts";
import { endedBack, expiredRuns, halfRemoved } from "./expired.ts";
import { hook, listHooks } from "./hooks.ts";
import { noticesOf, withNotices } from "./notices.ts";
import { readRun, runByKey, runByNo } from "./run.ts";
import { countRuns, listRuns, openRuns, unfinishedChildren } from "./runs.ts";
import {
  listFires,
  listSchedules,
  schedule,
  scheduleByName,
  triggersOf,
  unfinishedAmong,
} from "./schedules.ts";
import { listTemplates, newestVersion, template, templateNames } from "./templates.ts";
import { dueTimers } from "./timers.ts";
import { readVault } from "./vault.ts";
import { runHead, runTexts, stepStatuses, viewRun } from "./view.ts";

export const READS = {
  begunRuns,
  callback,
  countDecisions,
  countRuns,
  counts,
  dueTimers,
  endedBack,
  eventPayload,
  eventText,
  expiredRuns,
  firstCallback,
  halfRemoved,
  hook,
  listAgents,
  listCallbacks,
  decisionById,
  listDecisions,
  listEvents,
  listFires,
  listHooks,
  listRuns,
  listSchedules,
  listTemplates,
  noticesOf,
  openRuns,
  readRun,
  readVault,
  runByKey,
  runByNo,
  runHead,
  runTexts,
  schedule,
  scheduleByName,
  stepStatuses,
  template,
  newestVersion,
  templateNames,
  triggersOf,
  unfinishedAmong,
  unfinishedChildren,
  viewRun,
  withNotices,
};

/** What each takes beyond its source, and what it comes to. */
export type Reads = {
  [Name in keyof typeof READS]: (typeof READS)[Name] extends
    (source: Source, ...args: infer Args) => Reading<infer Result> ? (...args: Args) => Result
    : never;
};

/** The arguments of a named read beyond its source. */
export type ReadArgs<Name extends keyof Reads> = Parameters<Reads[Name]>;

/** The named read, still to be driven: in one snapshot, so that all that it asks fits together. */
export function readingOf(source: Source, name: string, args: unknown[]): Reading<unknown> {
  const read = READS[name as keyof Reads] as (...args: unknown[]) => Reading<unknown>;
  return read(source, ...args);
}
