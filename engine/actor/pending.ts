// What a turn leaves to do until its hand-over is answered.

import type { OpcodeError } from "../../core/errors.ts";
import type { Turn } from "../transition/turn.ts";
import type { Input } from "./inputs.ts";

/** What a turn leaves to do when its hand-over is answered. */
export interface Pending {
  turn: Turn;
  /** Number of the last turn that this hand-over answers for. */
  upTo: number;
  /** Sequence number of the run's newest event then. */
  seq: number;
  /** What the turn took from the inbox. */
  inputs: Input[];
  replies: { resolve: () => void; reject: (error: OpcodeError) => void }[];
}
