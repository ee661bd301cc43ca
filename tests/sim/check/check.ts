// What is wrong with a run, as far as its rows, its log and its calls tell.

import { checkActions } from "./actions.ts";
import { checkCalls } from "./calls.ts";
import { checkConditions } from "./conditions.ts";
import { checkDecisions } from "./decisions.ts";
import type { Evidence } from "./evidence.ts";
import { checkFinal } from "./final.ts";
import { checkForked } from "./forked.ts";
import { checkLeftOvers, checkOpenSteps } from "./flows.ts";
import { checkGrammar } from "./grammar.ts";
import { checkGuards } from "./guards.ts";
import { checkHandlers } from "./handlers.ts";
import { History } from "./history.ts";
import { checkLoops } from "./loops.ts";
import { checkOrder } from "./order.ts";
import { checkAfterHooks, checkFallbacks, checkOutcome } from "./outcome.ts";
import { checkParallels } from "./parallels.ts";
import { checkRetries } from "./retries.ts";
import { checkRows } from "./rows.ts";
import { checkSequence } from "./sequence.ts";
import { checkShapes } from "./shapes.ts";
import { checkSignals } from "./signals.ts";
import { checkTimers } from "./timers.ts";
import { checkTransitions } from "./transitions.ts";
import { checkKept } from "./kept.ts";
import { checkWaits } from "./waits.ts";

/** What the others take for granted. */
const FIRST: readonly ((history: History) => string[])[] = [
  checkForked,
  checkGrammar,
  checkTransitions,
  checkShapes,
];

const CHECKS: readonly ((history: History) => string[])[] = [
  checkRows,
  checkOrder,
  checkGuards,
  checkActions,
  checkConditions,
  checkLoops,
  checkParallels,
  checkWaits,
  checkKept,
  checkDecisions,
  checkRetries,
  checkHandlers,
  checkFallbacks,
  checkSignals,
  checkCalls,
  checkTimers,
  checkOpenSteps,
  checkLeftOvers,
  checkAfterHooks,
  checkOutcome,
  checkFinal,
];

/**
 * The violations, each naming its event or step; none when all is well. A log with gaps, or whose
 * events make no sense by themselves, is not looked at further.
 */
export function checkRun(evidence: Evidence): string[] {
  const gaps = checkSequence(evidence.record);
  if (gaps.length > 0) return gaps;
  const history = new History(evidence);
  const nonsense = FIRST.flatMap((check) => check(history));
  if (nonsense.length > 0) return nonsense;
  return CHECKS.flatMap((check) => check(history));
}
