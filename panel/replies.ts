// Which of the API's answers the panel reads: types alone, those of the engine where it has them.

import type { CatchUp, Overlap } from "../core/schedule-terms.ts";

export type { CatchUp, Overlap };
export type { ErrorObject } from "../core/errors.ts";
export type { VaultState } from "../engine/vault/secrets.ts";
export type {
  AgentReport,
  DecisionReport,
  DryRunReply,
  EventReport,
  LinkReply,
  Stats,
  StatusReply,
  StepState,
  TemplateDiff,
} from "../engine/api.ts";
export type { BulkReply } from "../engine/contract/bulk.ts";

/** A run in a list. */
export interface RunRow {
  id: string;
  name?: string;
  template_name: string;
  template_version: string;
  status: string;
  agent_id: string;
  parent_workflow_id?: string;
  interrupted?: string[];
  error?: { code: string; message: string };
  created_at: string;
  started_at?: string;
  completed_at?: string;
  updated_at: string;
}

export interface TemplateRow {
  name: string;
  version: string;
  description?: string;
  definition: { steps?: unknown[]; inputs?: unknown };
  input_schema?: object;
  output_schema?: object;
  triggers?: object;
  agent_id: string;
  created_at: string;
  /** Since when it is put away. */
  archived_at?: string;
}

export interface ScheduleRow {
  id: string;
  name: string;
  template_name: string;
  version?: string;
  agent_id: string;
  trigger?: string;
  cron: string;
  timezone: string;
  params?: object;
  overlap: Overlap;
  catch_up: CatchUp;
  jitter: string;
  end_at?: string;
  max_runs?: number;
  status: string;
  reason?: string;
  failing?: true;
  runs: number;
  next_times: string[];
  last_fires?: FireRow[];
}

/** Where deliveries start runs of a template. */
export interface HookRow {
  template_name: string;
  name: string;
  path: string;
  verify: string;
  secret?: string;
  accepted?: number;
  rejected?: number;
}

/** What became of one time of a schedule. */
export interface FireRow {
  due_at: string;
  cause: string;
  outcome: string;
  at: string;
  workflow_id?: string;
  status?: string;
  reason?: string;
  error?: { code: string; message: string };
}

export interface SecretRow {
  name: string;
  created_at: string;
  updated_at: string;
}

export interface SettingsReply {
  status: string;
  reason?: string;
  version: string;
  runtime: string;
  pid: number;
  started_at: string;
  url: string;
  home: string;
  settings: { name: string; value: unknown; from: string; rule: string; unit?: string }[];
  agents: { name: string; allow: string[]; templates: string[]; decide: string | string[] }[];
  warnings: string[];
}

export interface LogLine {
  id: number;
  entry: { time: string; level: string; msg: string } & Record<string, unknown>;
}

export interface LogReply {
  lines: LogLine[];
  /** The newest that there is, whatever was asked for. */
  last: number;
}

export interface Option {
  id: string;
  description?: string;
}

/** A page of a list: `key` of the list, and the way on. */
export type ListOf<Key extends string, Row> = Record<Key, Row[]> & { next_cursor?: string };
