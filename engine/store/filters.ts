// What lists of stored rows may be asked for, and the pages that they come in.

import type { ScheduleStatus } from "../../core/schedule-terms.ts";
import type { DecisionStatus, RunStatus } from "../../core/status.ts";
import type { EventType } from "../journal/event-types.ts";
import type { EventId } from "./event-id.ts";

/** A page of a list; `next` is an opaque cursor, null at the end. */
export interface Page<T> {
  rows: T[];
  next: string | null;
}

/** How many rows a list has. */
export interface Counted {
  total: number;
  /** Whether that is all of them: no more are counted than a read may look at. */
  isAll: boolean;
}

/** No list is counted further. */
export const MOST_COUNTED = 10_000;

/** `interrupted`: halted by the end of a process, until `retry` or `skip` answers; also poisoned. */
export type ListedStatus = RunStatus | "interrupted";

export interface RunFilter {
  /** Only ids that begin so; the list is by id then, the highest first. */
  idPrefix?: string;
  /** Only ids that end so, which no index knows. */
  idSuffix?: string;
  /** One, or any of several. */
  status?: ListedStatus | readonly RunStatus[];
  agentId?: string;
  templateName?: string;
  /** Any of these, which are few. */
  templateNames?: readonly string[];
  parentRunNo?: number;
  /** created_at ≥ this. */
  since?: number;
  /** created_at ≤ this. */
  until?: number;
  /** completed_at ≥ this; with it or the next the list is by completion, the last completed first. */
  completedSince?: number;
  /** completed_at ≤ this. */
  completedUntil?: number;
  /** No params and outputs, not even measured. */
  brief?: boolean;
  limit: number;
  cursor?: string | undefined;
}

export interface EventFilter {
  runId?: string;
  stepId?: string;
  /** One, or any of several. */
  type?: EventType | readonly EventType[];
  /** Only those of runs of this template. */
  templateName?: string;
  /** Only those of this agent's runs. */
  runAgentId?: string;
  /** at ≥ this. */
  since?: number;
  /** at ≤ this. */
  until?: number;
  /** Only events with a later id (for live streams; oldest first). */
  afterId?: EventId;
  /** Payloads larger than this are left out, bytes. */
  mostText?: number;
  order: "oldest" | "newest";
  limit: number;
  cursor?: string | undefined;
}

export type DecisionOrder = "newest" | "deadline";

export interface DecisionFilter {
  /** That one alone. */
  id?: string;
  runId?: string;
  status?: DecisionStatus;
  agentId?: string;
  targetAgentId?: string;
  /** `deadline`: only the pending ones, that with the nearest deadline first. */
  order?: DecisionOrder;
  /** Bytes of JSON that the contexts of a page may take together. */
  room?: number;
  limit: number;
  cursor?: string | undefined;
}

export interface ScheduleFilter {
  id?: string;
  name?: string;
  templateName?: string;
  agentId?: string;
  status?: ScheduleStatus;
  limit: number;
  cursor?: string | undefined;
}

export interface FireFilter {
  scheduleId: string;
  /** dueAt ≥ this. */
  since?: number;
  /** dueAt ≤ this. */
  until?: number;
  limit: number;
  cursor?: string | undefined;
}

export interface HookFilter {
  templateName?: string;
  agentId?: string;
  limit: number;
  cursor?: string | undefined;
}

export interface CallbackFilter {
  runNo?: number;
  /** Only those that are given up, or only the others. */
  givenUp?: boolean;
  limit: number;
  cursor?: string | undefined;
}

export interface TemplateFilter {
  name?: string;
  /** Only names that begin so; not beside `name`. */
  namePrefix?: string;
  agentId?: string;
  /** Only the highest version of each name. */
  latest?: boolean;
  /** Only those that are archived, or only those that are not; by default both. */
  archived?: boolean;
  /** With empty definitions, and without schemas and triggers. */
  brief?: boolean;
  limit: number;
  cursor?: string | undefined;
}
