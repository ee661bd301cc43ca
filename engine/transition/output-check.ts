// Whether a run's output is what its template promises, asked when all steps are done.
//
// A small output is checked at once. The check of a large one is another thread's work: the run stays
// active meanwhile, and nothing is written; after a restart it is checked again.

import { OpcodeError, toErrorObject } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { Outcome, OutputCheck } from "../state/outcome.ts";
import { partyOf } from "../state/state.ts";
import type { Turn } from "./turn.ts";

/**
 * How the run ends with this output, undefined where it is not there and none is checked; null while
 * that is being found out.
 */
export function checkedOutcome(turn: Turn, output: Json | undefined): Outcome | null {
  const { run, env, post } = turn;
  const { checkOutput } = run.plan;
  if (!checkOutput || output === undefined) return { status: "completed" };
  const { lastSeq: seq } = run.row;
  if (run.outputCheck?.seq === seq) return run.outputCheck.outcome;
  const violations = checkOutput(output, env.schemas, { party: partyOf(run) });
  if (!(violations instanceof Promise)) return outcomeOf(violations);
  const check: OutputCheck = run.outputCheck = { seq, outcome: null };
  const answer = (outcome: Outcome) => post({ kind: "output_checked", check, outcome });
  violations.then(
    (found) => answer(outcomeOf(found)),
    (thrown) => {
      // The daemon stops; the next one checks it.
      if (thrown instanceof OpcodeError && thrown.code === "CANCELLED") return;
      answer({ status: "failed", error: toErrorObject(thrown) });
    },
  );
  return null;
}

function outcomeOf(violations: string[]): Outcome {
  if (violations.length === 0) return { status: "completed" };
  const message = `output does not match output_schema: ${violations[0]}`;
  return {
    status: "failed",
    error: { code: "VALIDATION_ERROR", message, details: { violations } },
  };
}
