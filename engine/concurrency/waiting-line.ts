// What a run tells of itself to whoever lets it begin when there is room.

import type { LimitRow, RunRow } from "../store/store.ts";

export type WaitingRun = Pick<RunRow, "runNo" | "id" | "agentId">;

export interface WaitingLine {
  /** The run waits here; one that was told to begin and could not waits on. */
  enter(run: WaitingRun, limits: readonly LimitRow[]): void;
  /** The run has begun, or need not any more. */
  left(runNo: number): void;
  /** A run has ended that counted to these. */
  over(limits: readonly LimitRow[]): void;
}
