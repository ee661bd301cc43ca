// Which process groups are running, and how they end: none outlives the step or the daemon.

import { systemClock } from "../../core/clock.ts";
import type { LeftProgram } from "../action.ts";
import { openNotes, type ProgramNotes } from "./notes.ts";
import { createSupervisor, type Supervisor } from "./supervisor.ts";

/** By their leaders the groups whose steps are not over. */
const running = new Map<number, Running>();

interface Running extends Program {
  caring: Caring | undefined;
  /** What outlives this process ends it from now on. */
  left: boolean;
}

export interface Program {
  owner: string;
  command: string;
  /** Resolves once its step is over. */
  over: Promise<void>;
  /** Lets go of it, so that this process can end while it runs. */
  release(): void;
}

/** Steps whose last program is being ended, with what resolves once it has. */
const ending = new Map<string, Promise<void>>();

/** How often it is looked whether a group that was told to end has done so. */
const LOOK_MS = 20;

let armed = false;

interface Caring {
  supervisor: Supervisor;
  notes: ProgramNotes;
}

/** Who takes care of what outlives this process. */
let care: Caring | undefined;

export interface Care {
  /** Programs of the step that run, or did when the process before ended. */
  left(step: { runId: string; stepId: string }): LeftProgram[];
  /** Another grace from now on, ms. */
  grace(ms: number): void;
  /** Ends it; programs that run are told to end, unless they were, and have the grace to do so. */
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
    grace: (ms) => mine.supervisor.grace(ms),
    end() {
      if (care === mine) care = undefined;
      if (mine.supervisor.lives()) { for (const leader of running.keys()) leave(leader, mine); }
      mine.supervisor.close();
      mine.notes.close();
    },
  };
}

/** What stands for a step among programs. */
export function ownerOf({ runId, stepId }: { runId: string; stepId: string }): string {
  return `${runId}:${stepId}`;
}

function leave(leader: number, caring: Caring): void {
  const program = running.get(leader)!;
  if (program.caring !== caring) return;
  running.delete(leader);
  program.left = true;
  program.release();
}

/** Notes a group by its leader's pid: when this process exits before the group ends, it is killed. */
export function enrol(leader: number, program: Program): void {
  const { over } = program;
  const caring = care;
  running.set(leader, { ...program, caring, left: false });
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
  return Promise.all([...running.values()].map(({ over }) => over)).then(() => programsEnded());
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
  const program = running.get(leader);
  let isThere = signalGroup(leader, "SIGTERM");
  program?.caring?.supervisor.told(leader);
  while (isThere && performance.now() < until) {
    await new Promise<void>((resolve) => systemClock.after(LOOK_MS, resolve));
    if (program?.left) return;
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
