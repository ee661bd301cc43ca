// Which of the API's answers the panel reads: types alone, those of the engine where it has them.

export type { ErrorObject } from "../core/errors.ts";
export type {
  AgentReport,
  DecisionReport,
  EventReport,
  Stats,
  StatusReply,
  StepState,
} from "../engine/api.ts";

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
  definition: { steps?: unknown[] };
  input_schema?: object;
  output_schema?: object;
  triggers?: object;
  agent_id: string;
  created_at: string;
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
  status: string;
  reason?: string;
  failing?: true;
  runs: number;
  next_times: string[];
  last_fires?: { due_at: string; outcome: string; workflow_id?: string; status?: string }[];
}

export interface Option {
  id: string;
  description?: string;
}

/** A page of a list: `key` of the list, and the way on. */
export type ListOf<Key extends string, Row> = Record<Key, Row[]> & { next_cursor?: string };
