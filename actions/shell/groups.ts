// Which process groups are running, and how they end: none outlives the step or the daemon.

import { systemClock } from "../../core/clock.ts";
import type { LeftProgram } from "../action.ts";
import type { Cell } from "../../core/isolation.ts";
import { groupOf } from "../../core/running.ts";
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
  /** Finds what has left the group. */
  cell?: Cell | undefined;
}

/** Steps whose last program is being ended, with what resolves once it has. */
const ending = new Map<string, Promise<void>>();

/** How often it is looked whether a group that was told to end has done so. */
const LOOK_MS = 20;
/** The same of what has left its group: each look is one at all processes of the machine. */
const WIDE_LOOK_MS = 100;
/** So often what is left is killed: each time only what was started meanwhile is left. */
const MOST_KILLS = 200;

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
  const name = { leader, tag: program.cell?.tag ?? "-" };
  caring?.supervisor.begun(name);
  caring?.notes.begun(leader, program);
  if (caring) {
    void over.then(() => {
      caring.supervisor.over(name);
      if (care === caring) caring.notes.over(leader);
    });
  }
  if (armed) return;
  armed = true;
  process.once("exit", () => {
    for (const [leader, { cell }] of running) {
      signalGroup(leader, "SIGKILL");
      for (const pid of cell?.members() ?? []) signalProcess(pid, "SIGKILL");
    }
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
 * Tells every process of the group to end, and of its cell, and kills what is left after `graceMs`.
 * Resolves when nobody is left, or all have been killed. `owner`: the step whose next attempt waits for that.
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
  const members = () => program?.cell?.members() ?? [];
  // Before any is told: what loses its parent is found all the same, what was told has gone.
  const strays = outside(leader, members());
  let group = signalGroup(leader, "SIGTERM");
  for (const pid of strays) signalProcess(pid, "SIGTERM");
  program?.caring?.supervisor.told({ leader, tag: program.cell?.tag ?? "-" });
  for (let isThere = group || strays.length > 0; isThere && performance.now() < until;) {
    const look = group ? LOOK_MS : Math.min(WIDE_LOOK_MS, Math.max(0, until - performance.now()));
    await new Promise<void>((resolve) => systemClock.after(look, resolve));
    if (program?.left) return;
    group &&= signalGroup(leader, 0);
    isThere = group || members().length > 0;
  }
  if (group) signalGroup(leader, "SIGKILL");
  for (let n = 0; n < MOST_KILLS; n++) {
    const left = members();
    if (left.length === 0) return;
    for (const pid of left) signalProcess(pid, "SIGKILL");
    await new Promise<void>((resolve) => systemClock.after(1, resolve));
  }
}

/** Those that the signal to the group does not reach. */
function outside(leader: number, pids: readonly number[]): number[] {
  return pids.filter((pid) => groupOf(pid) !== leader);
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile, or become another user's.
  }
}

/** To every process of the group: the kernel lets no fork slip through. False: nobody is left. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}
