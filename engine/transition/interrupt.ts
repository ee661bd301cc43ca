// Which steps nobody can tell the fate of, and how a run waits for somebody to decide.

import { loggedProgram, programsLeft } from "../calls/programs.ts";
import { everyStep, isHalted, setBusy, type StepState } from "../state/state.ts";
import { release } from "./line.ts";
import { holdTimeout } from "./step-timeout.ts";
import type { Turn } from "./turn.ts";

/** Steps that a log line names. */
const LOGGED = 20;

/** Whether the step's action may have had its effect, unknown to us, and must not simply rerun. */
export function isUncertain(step: StepState): boolean {
  if (step.row.status !== "running") return false;
  const { action, type } = step.plan;
  if (type) return false;
  // A step whose action is gone may have done anything.
  if (!action) return true;
  return action.effects === "external" && action.repeatable !== true;
}

/** Aborts what is in flight and marks the uncertain steps: the run pauses for answers. */
export function interrupt(turn: Turn, reason: string): void {
  const { run } = turn;
  const uncertain: string[] = [];
  for (const step of everyStep(run)) {
    if (isUncertain(step)) uncertain.push(step.id);
    if (step.inside.lists && step.row.status === "running") holdTimeout(turn, step);
    if (step.row.status === "running" || step.live.busy === "queued") {
      if (step.live.busy === "child") continue;
      release(step, reason);
      setBusy(run, step, "");
    }
  }
  run.ready.length = 0;
  run.readyHead = 0;
  if (uncertain.length === 0) return;
  markInterrupted(turn, { reason, steps: uncertain });
}

/** Halts the run until `retry` or `skip` answers for each of the steps, and logs what to do. */
export function markInterrupted(turn: Turn, why: { reason: string; steps: string[] }): void {
  const { reason, steps } = why;
  turn.run.marks.interrupted = steps;
  const left = programsLeft(turn, steps);
  if (left.length > 0) turn.run.marks.programs = left;
  const programs = left.map(loggedProgram);
  const told = programs.length > 0 && { programs: programs };
  turn.eventWith("workflow_interrupted", null, { reason, steps, ...told });
  const { id, agentId, templateName } = turn.run.row;
  const answer = (type: string) => `opcode signal ${id} ${type} --step ${steps[0]}`;
  turn.afterCommit.push(() =>
    turn.env.log.warn("run interrupted: it waits for retry or skip", {
      workflow_id: id,
      agent_id: agentId,
      template: templateName,
      reason,
      steps: steps.slice(0, LOGGED),
      ...(steps.length > LOGGED && { more_steps: steps.length - LOGGED }),
      ...told,
      hint:
        `whether ${steps.length === 1 ? "the step" : "each step"} had its effect is not known: ` +
        `${answer("retry")}, or ${answer("skip")}`,
    })
  );
}

/** A run of which nothing is uncertain stays active: after the restart it goes on by itself. */
export function shutDown(turn: Turn): void {
  const { run } = turn;
  if (run.row.status !== "active" || isHalted(run)) return;
  const steps = [...everyStep(run)];
  if (steps.some(isUncertain)) return interrupt(turn, "shutdown");
  for (const step of steps) release(step, "shutdown");
}
