// Which process groups are running, and how they end: none outlives the step or the daemon.

import { systemClock } from "../../core/clock.ts";
import type { LeftProgram } from "../action.ts";
import { openNotes, type ProgramNotes } from "./notes.ts";
import { createSupervisor, type Supervisor } from "./supervisor.ts";

/** Leaders of the groups whose steps are not over, with what resolves once they are. */
const running = new Map<number, Promise<void>>();

/** Steps whose last program is being ended, with what resolves once it has. */
const ending = new Map<string, Promise<void>>();

/** How often it is looked whether a group that was told to end has done so. */
const LOOK_MS = 20;

let armed = false;

/** Who takes care of what outlives this process. */
let care: { supervisor: Supervisor; notes: ProgramNotes } | undefined;

export interface Care {
  /** Programs of the step that ran when the process before was killed. */
  left(step: { runId: string; stepId: string }): LeftProgram[];
  /** Ends the care; no program runs any more. */
  end(): void;
}

/**
 * From now on the groups end with this process however it dies, after `graceMs` at the latest, and
 * the next one knows from the file `notes` which there were.
 */
export function careForGroups({ graceMs, notes }: { graceMs: number; notes: string }): Care {
  const mine = care = { supervisor: createSupervisor(graceMs), notes: openNotes(notes) };
  return {
    left: (step) => mine.notes.leftOf(ownerOf(step)),
    end() {
      if (care === mine) care = undefined;
      mine.supervisor.close();
      mine.notes.close();
    },
  };
}

/** What stands for a step among programs. */
export function ownerOf({ runId, stepId }: { runId: string; stepId: string }): string {
  return `${runId}:${stepId}`;
}

/** Notes a group by its leader's pid: when this process exits before the group ends, it is killed. */
export function enrol(
  leader: number,
  program: { owner: string; command: string; over: Promise<void> },
): void {
  const { over } = program;
  running.set(leader, over);
  const caring = care;
  caring?.supervisor.begun(leader);
  caring?.notes.begun(leader, program);
  if (caring) {
    void over.then(() => {
      caring.supervisor.over(leader);
      if (care === caring) caring.notes.over(leader);
    });
  }
  if (armed) return;
  armed = true;
  process.once("exit", () => {
    for (const leader of running.keys()) signalGroup(leader, "SIGKILL");
  });
}

/** The group's step is over: what it left running on purpose may live on. */
export function discharge(leader: number): void {
  running.delete(leader);
}

/** Resolves when no program runs any more; undefined when none does. */
export function programsEnded(): Promise<void> | undefined {
  if (running.size === 0) return undefined;
  return Promise.all(running.values()).then(() => programsEnded());
}

/**
 * Tells every process of the group to end, and kills what is left after `graceMs`. Resolves when
 * nobody is left, or all have been killed. `owner`: the step whose next attempt waits for that.
 */
export function endGroup(leader: number, graceMs: number, owner: string): Promise<void> {
  const ended = gone(leader, graceMs).finally(() => {
    if (ending.get(owner) === ended) ending.delete(owner);
  });
  ending.set(owner, ended);
  return ended;
}

/** Resolves when what an earlier attempt of the step started is gone: two at once share its locks. */
export async function formerEnded(owner: string): Promise<void> {
  await ending.get(owner);
}

async function gone(leader: number, graceMs: number): Promise<void> {
  const until = performance.now() + graceMs;
  let isThere = signalGroup(leader, "SIGTERM");
  while (isThere && performance.now() < until) {
    await new Promise<void>((resolve) => systemClock.after(LOOK_MS, resolve));
    isThere = signalGroup(leader, 0);
  }
  if (isThere) signalGroup(leader, "SIGKILL");
}

/** To every process of the group: the kernel lets no fork slip through. False: nobody is left. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}
