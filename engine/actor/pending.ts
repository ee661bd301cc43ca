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

/**
 * Whether it is nothing unusual that it was not committed: somebody else may have begun the run in its
 * place (`isContested`), or another node one under the same limit.
 */
export function isExpected(
  { reason }: { reason: string },
  { turn: { handOver } }: Pending,
  isContested: boolean,
): boolean {
  return reason === "fenced" && (isContested || handOver.limits.length > 0);
}
