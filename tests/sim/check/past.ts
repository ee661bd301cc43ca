// What a run's log says of the past, as whoever asks about a moment in it needs that.

import type { ErrorObject } from "../../../core/errors.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import type { RunStatus, StepStatus } from "../../../core/status.ts";
import type { EventType } from "../../../engine/journal/event-types.ts";
import type { Evidence } from "./evidence.ts";
import type { PlaceBook } from "./places.ts";

export interface LogEvent {
  seq: number;
  type: EventType;
  stepId: string | null;
  agentId: string | null;
  at: number;
  data: JsonObject;
}

export interface StepState {
  /** The event that brought it about; 0 for a step that nothing happened to. */
  seq: number;
  status: StepStatus;
  attempt: number;
  retries: number;
  output: Json | undefined;
  error: ErrorObject | null;
  /** Why it was skipped. */
  reason: string | null;
}

export interface RunState {
  seq: number;
  status: RunStatus;
}

/** Moments are sequence numbers: what was so just before the event that has it. */
export interface Past {
  readonly evidence: Evidence;
  readonly book: PlaceBook;
  readonly events: readonly LogEvent[];
  readonly run: readonly RunState[];
  step(id: string, seq: number): StepState;
  eventsOf(id: string): readonly LogEvent[];
  last(id: string, type: EventType, seq: number, since?: number): LogEvent | undefined;
  lifeStart(id: string, seq: number): LogEvent | undefined;
  resetBefore(id: string, seq: number): number;
}
