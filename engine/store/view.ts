// What answers about runs are made of: rows with their texts measured, and only the small ones read.

import type {
  ContextRow,
  NoticeRow,
  RunRow,
  StepRow,
  StoredDecision,
  StoredEvent,
} from "./rows.ts";

/** A step's row with the texts of it that are small. */
export interface StepView extends StepRow {
  errorSize: number;
  output: string | null;
  /** Of what holds the output: a little more than it. */
  outputSize: number;
}

/** A run as answers show it: all texts measured, the small ones read. */
export interface RunView {
  run: RunHead;
  parentId: string | null;
  output: string | null;
  outputSize: number;
  /** Of very many: those that are open or failed, those at the top, and the first others. */
  steps: StepView[];
  allSteps: boolean;
  /** Its data is null when it is larger than asked for. */
  context: ContextRow | null;
  dataSize: number;
  /** The newest pending ones. */
  decisions: StoredDecision[];
  allDecisions: boolean;
  /** The newest, oldest first. */
  events: StoredEvent[];
  /** Messages of it that their agents have not been told, the oldest first; empty unless asked for. */
  notices: NoticeRow[];
}

/** A run's row without its params; a large error keeps its code and the beginning of its message. */
export type RunHead = Omit<RunRow, "params">;

export interface ViewOptions {
  /** How many of the newest events to include. */
  events: number;
  /** Bytes of JSON that the contexts of decisions may take together, and accumulated data. */
  room: number;
  /** Also messages that were stored since then, epoch ms. */
  noticesSince?: number;
}

/** Texts of one run; events by sequence number. */
export interface WantedTexts {
  /** Outputs in the payloads of these events. */
  outputs: number[];
  payloads: number[];
  /** Errors of these steps, cut like a run's. */
  errors: string[];
}

export interface RunTexts {
  outputs: Record<number, string | null>;
  payloads: Record<number, string | null>;
  errors: Record<string, string | null>;
}

/** What a list shows of a run: no step, no definition. */
export interface RunSummary {
  run: RunHead;
  parentId: string | null;
  /** Null when it is larger than the list shows. */
  params: string | null;
  paramsSize: number;
  /** Null as well when there is none. */
  output: string | null;
  outputSize: number;
}
