// What is answered of the agents, and of all runs together.

import type { RunStatus } from "../core/status.ts";

export type { StatsRequest } from "./contract/stats.ts";

/** Which page of the agents: at most `limit` (1 to 1,000), from where the last one ended. */
export interface AgentPage {
  limit?: number | string | undefined;
  cursor?: string | undefined;
}

export interface AgentReply {
  agents: AgentReport[];
  next_cursor?: string;
}

export interface AgentReport {
  id: string;
  name: string;
  type: string;
  created_at: string;
  last_seen_at?: string;
  /** How many runs of this agent there are, by status. */
  runs: Readonly<Record<RunStatus, number>>;
  /** Questions that wait for its answer: those that name it, and those of its runs that name nobody. */
  pending_decisions: number;
}

/** What happened in a stretch of time; a run that is revived may fail more than once. */
export interface Happened {
  started: number;
  completed: number;
  failed: number;
}

/** Of all agents together; what retention has removed is in the stretches, not in `runs`. */
export interface Stats {
  at: string;
  /** Of the days. */
  zone: string;
  runs: Readonly<Record<RunStatus, number>>;
  pending_decisions: number;
  completed_today: number;
  /** The last 60, the oldest first; the last goes on. */
  minutes: (Happened & { at: string })[];
  /** The last 30, the oldest first; the last is today. */
  days: (Happened & { date: string })[];
}
