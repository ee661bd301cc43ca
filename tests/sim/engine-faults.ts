// Deliberate faults inside of the engine, each of which the simulator must see: one text of one function
// that stands for another.

/** What is changed: in the one function of that name, wherever it lives, the one place of a text. */
export interface EngineFault {
  function: string;
  text: string;
  instead: string;
}

export const ENGINE_FAULTS: Record<string, EngineFault> = {
  "a step begins before the last that it depends on has ended": {
    function: "freeDependents",
    text: "--run.openDependencies[index]! > 0",
    instead: "--run.openDependencies[index]! > 1",
  },
  "what ends is not written to its row": {
    function: "endStep",
    text: "turn.changed(step);",
    instead: "",
  },
  "a step that ends leaves its timer": {
    function: "endStep",
    text: "turn.timer(timerKey(step), null);",
    instead: "",
  },
  "a step that ends leaves its question open": {
    function: "endStep",
    text: "if (step.decision)",
    instead: "if (false)",
  },
  "a step is tried once more than its policy says": {
    function: "failStep",
    text: "step.row.retries < retry.max",
    instead: "step.row.retries <= retry.max",
  },
  "a backoff is over too early": {
    function: "backOff",
    text: "step.row.dueAt = turn.now + delayMs;",
    instead: "step.row.dueAt = turn.now + Math.floor(delayMs / 2);",
  },
  "an effect that may have been is repeated after a crash": {
    function: "isUncertain",
    text: 'return action.effects === "external" && action.repeatable !== true;',
    instead: "return false;",
  },
  "an external action is called before its start is stored": {
    function: "call",
    text: "turn.afterCommit.push(() => attempt.live && attempt.launch());",
    instead: "attempt.launch();",
  },
  "who has lost a race runs on": {
    function: "forkDone",
    text: 'closeSteps(turn, loser, "race_lost");',
    instead: "",
  },
  "a decision is taken after its time": {
    function: "checkExpiry",
    text: "throw timedOut(step);",
    instead: "return;",
  },
  "a retried step keeps what was inside it": {
    function: "retryStep",
    text: "const reset = resetInside(turn, step);",
    instead: "const reset: string[] = [];",
  },
  "a child's failure is its parent's success": {
    function: "followChild",
    text: 'if (report.status === "completed") return takeOutput(turn, step, report);',
    instead: "return takeOutput(turn, step, report);",
  },
  "a signal that is kept is taken twice": {
    function: "takeKept",
    text: "const [taken] = run.kept.splice(at, 1);",
    instead: "const taken = run.kept[at];",
  },
  "a parent does not hear of its child": {
    function: "tellParent",
    text: "if (row.parentRunNo === null) return;",
    instead: "return;",
  },
  "what depends on a revived step does not wait for it": {
    function: "unsettle",
    text: "turn.run.openDependencies[index]!++",
    instead: "void index",
  },
  "a restart counts a retry too many": {
    function: "restoreStep",
    text: "retries: row.retries,",
    instead: "retries: row.retries + 1,",
  },
  "a restart forgets what the run was told to keep in mind": {
    function: "restoreRun",
    text: "run.marks = parseJson(record.run.marks) as Marks",
    instead: "run.marks = {}",
  },
  "a loop goes on behind its last item": {
    function: "whatIsNext",
    text: "next >= step.inside.items!.length",
    instead: "next > step.inside.items!.length",
  },
  "a run that has waited has its whole time again": {
    function: "deadlineOf",
    text: " - run.row.activeMs",
    instead: "",
  },
  "a cancelled run leaves what is open": {
    function: "cancelRun",
    text: 'skipStep(turn, step, "workflow_cancelled");',
    instead: "",
  },
  "a run of a schedule begins beside one that is open": {
    function: "overlapOf",
    text: "if (open === 0 && queuedAt === null) return null;",
    instead: "return null;",
  },
  "a time that was missed is told of by nobody": {
    function: "due",
    text: "passOver(missed.slice(0, -1));",
    instead: "",
  },
  "a fork keeps what follows from its step": {
    function: "keptSteps",
    text: "!again.has(step.id) && ",
    instead: "",
  },
  "a fork keeps nothing of what was in a kept step": {
    function: "forkState",
    text: "kept.has(rootOf(step).id) && isEnded(step)",
    instead: "kept.has(step.id) && isEnded(step)",
  },
  "a fork begins without the context": {
    function: "forkState",
    text: "const context = record.context && {",
    instead: "const context = null && {",
  },
  "a fork counts the attempts of the other run": {
    function: "keptRow",
    text: "attempt: 0,",
    instead: "",
  },
};
