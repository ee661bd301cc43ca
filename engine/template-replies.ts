// What defining a template answers: its version, what is wrong with it, what it changes.

import type { Json } from "../core/json.ts";
import type { WebhookReport } from "./hooks/proof.ts";
import type { ScheduleChangeReport } from "./schedules/api.ts";

export type Issue = {
  path: string;
  code: string;
  message: string;
  severity: "error" | "warning";
};

export interface DefineReply {
  name: string;
  /** `v1`, `v2`, … */
  version: string;
  /** The latest version is this definition already: nothing was stored. */
  unchanged?: true;
  /** Where deliveries start runs of it, and what proves them. */
  webhooks?: WebhookReport[];
  warnings?: Issue[];
}

/** How a template stands after `archive` or `unarchive`. */
export interface ArchiveReply {
  name: string;
  archived: boolean;
  /** RFC 3339; absent of one that is not. */
  archived_at?: string;
  /** It was so already: nothing was stored. */
  unchanged?: true;
  /** Names of the schedules that were at work until then, at most 100. */
  paused_schedules?: string[];
  /** Of those that are at work again. */
  resumed_schedules?: string[];
  /** True when there are more. */
  truncated?: true;
}

/** What `define` would find and store, with nothing stored. */
export interface DryRunReply {
  dry_run: true;
  name: string;
  /** The version that `define` would answer now. */
  version: string;
  /** The latest version is this definition already. */
  unchanged?: true;
  report: { errors?: Issue[]; warnings?: Issue[] };
  /**
   * Top-level ids: a step stands one level below the deepest that it depends on. Absent when the
   * definition is not valid.
   */
  levels?: string[][];
  /** What becomes of the schedules that the template's triggers are. */
  schedules?: ScheduleChangeReport[];
  /** Absent when the definition has not the form of one. */
  diff?: TemplateDiff;
}

/** What a template changes of its latest version; steps by full id, `iter_*` for iterations. */
export interface TemplateDiff {
  /** The latest version; null when there is none, and everything is added. */
  against: string | null;
  added: string[];
  removed: string[];
  /** Steps that are in both, by the fields of their own that differ: not those of inner steps. */
  changed: { step_id: string; fields: string[] }[];
  /** Fields beside the steps that differ. A hook is one when another step takes its place. */
  workflow: string[];
  /** What differs in `changed` and `workflow`, value by value, so far as there is room. */
  values?: ChangedValue[];
  /** How many more values differ. */
  values_left_out?: number;
  /** True when the size limit left something out. */
  truncated?: true;
}

/** A value of a template that differs; what looks like a secret is masked, what is long is cut. */
export interface ChangedValue {
  /** Absent for what is around the steps. */
  step_id?: string;
  /** Inside of the step, or of the definition. */
  path: string;
  /** Absent when it was not there. Values of more than 200 characters are cut, as text. */
  old?: Json;
  /** Absent when it is there no more. */
  new?: Json;
}
