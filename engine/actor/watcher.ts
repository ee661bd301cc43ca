// What follows a run is told of it.

import type { OpcodeError } from "../../core/errors.ts";
import type { RunState, StepState } from "../state/state.ts";

/** A turn as whoever follows the run sees it. */
export interface TurnSeen {
  readonly number: number;
  readonly run: RunState;
  /** Steps that settled in it, in order. */
  readonly settled: readonly StepState[];
}

/** Follows the turns and commits of a run: of one actor, and of its successor if that is lost. */
export interface Watcher {
  /** Number of the first turn that counts, of the actor that it follows now. */
  fromTurn: number;
  /** An actor takes it in; `leave` ends that. */
  follows(leave: () => void): void;
  /** The run ended or paused before: there may be no turn to wait for. */
  found(run: RunState): void;
  /** The turn is done and on its way to the store. */
  turned(turn: TurnSeen): void;
  /** The turn is committed. */
  committed(turn: TurnSeen): void;
  failed(error: OpcodeError): void;
  /** Nothing more will be heard of the run, which is stored and goes on without us. */
  left(): void;
}
