// Whether the events of each attempt of a step come as its type has them: in that order, each once.

import type { StepType } from "../step-type.ts";
import type { EventType } from "../../../engine/journal/event-types.ts";
import type { History } from "./history.ts";
import type { LogEvent } from "./past.ts";
import type { Place } from "./places.ts";
import { suspends } from "./waits.ts";

/** One letter for each type of event, so that a regular expression can say what may follow what. */
const LETTERS: Partial<Record<EventType, string>> = {
  step_started: "S",
  step_completed: "C",
  step_failed: "F",
  step_skipped: "K",
  step_suspended: "U",
  step_retry_attempt: "T",
  step_retrying: "Y",
  step_ignored: "I",
  step_fallback: "B",
  error_handler_invoked: "H",
  decision_requested: "d",
  decision_resolved: "r",
  condition_evaluated: "e",
  loop_iter_started: "i",
  loop_iter_completed: "j",
  loop_completed: "l",
  parallel_started: "p",
  parallel_completed: "q",
  wait_started: "w",
  wait_completed: "x",
};

/** A wait that ends as it begins, by a signal that was kept. */
const MET_EARLY = "X";

/** A suspended step that goes on. */
const RESUMED = "R";

/** Ends without success; a retry may be given up before it begins. */
const BAD_END = "(?:TY|(?:TY)?(?:K|HIK|H?F|HBF))";

/** What may follow any end: signals that skip. */
const AFTER = "K*";

/** What stands between `S` and the end, for a success and for anything else; and while it is open. */
interface Shape {
  success: string;
  other: string;
  open: string;
}

/** Flow steps are looked at without their pauses: those are taken down at the end of a turn. */
const SHAPES: Record<StepType, Shape> = {
  action: { success: "(?:UR)*", other: "(?:UR)*U?", open: "(?:UR)*U?" },
  condition: { success: "e?", other: "e?", open: "e?" },
  loop: { success: "[ij]*l", other: "[ij]*", open: "[ij]*" },
  parallel: { success: "p?q", other: "p?", open: "p?" },
  wait: { success: "w(?:[xX]|URx|UxR)", other: "(?:wU?R?)?", open: "wU?" },
  reasoning: { success: "dU(?:rR|Rr)", other: "(?:dUR?)?", open: "dU" },
};

export function checkShapes(history: History): string[] {
  const found: string[] = [];
  for (const id of history.stepIds) {
    const place = history.book.find(id);
    if (place) found.push(...checkAttempts(history, place));
  }
  return found;
}

function checkAttempts(history: History, place: Place): string[] {
  const isFlow = ["condition", "loop", "parallel"].includes(place.type);
  const text = history.eventsOf(place.id).map((event) => letterOf(event)).join("");
  const [before, ...attempts] = (isFlow ? text.replaceAll(/[UR]/g, "") : text).split("S");
  const { success, other, open } = SHAPES[place.type];
  const ended = new RegExp(`^(?:${success}C|${other}${BAD_END})${AFTER}$`);
  const going = new RegExp(`^(?:${open})$`);
  const found: string[] = [];
  if (!/^K*$/.test(before!)) found.push(`${place.id} has events (${before}) before it starts`);
  attempts.forEach((attempt, i) => {
    const fits = ended.test(attempt) || going.test(attempt);
    const number = `${place.id}: the ${i + 1}. start`;
    if (!fits) found.push(`${number} is followed by ${named(attempt)}`);
    if (
      place.type === "wait" && /^w[^UX]/.test(attempt) && suspends(place) && !attempt.endsWith("K")
    ) {
      found.push(`${number} does not suspend the wait`);
    }
  });
  return found;
}

function letterOf({ type, data }: LogEvent): string {
  if (type === "step_started" && data.resumed === true) return RESUMED;
  if (type === "wait_completed" && data.kept === true) return MET_EARLY;
  return LETTERS[type] ?? "";
}

function named(letters: string): string {
  const names = Object.entries(LETTERS);
  return [...letters].map((letter) => {
    if (letter === RESUMED) return "step_started (resumed)";
    if (letter === MET_EARLY) return "wait_completed (kept)";
    return names.find(([, own]) => own === letter)![0];
  }).join(", ") || "nothing";
}
