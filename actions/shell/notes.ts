// Which programs run, noted where the next daemon finds it should this one be killed.
//
// A line for each that begins and each that is over is appended to a file in the data directory,
// which needs no sync: whatever a machine loses that goes down, no program outlives it.

import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { basename } from "node:path";
import { parseJson } from "../../core/exact-json.ts";
import { startOf } from "../../core/running.ts";
import type { LeftProgram } from "../action.ts";

export interface ProgramNotes {
  /** A step's programs that run, and those that were noted when the file was opened. */
  leftOf(owner: string): LeftProgram[];
  begun(leader: number, program: { owner: string; command: string }): void;
  over(leader: number): void;
  close(): void;
}

/** Reads what a former daemon has left, and begins anew. Throws when the file cannot be written. */
export function openNotes(path: string): ProgramNotes {
  const left = readLeft(path);
  const fd = openSync(path, "a", 0o600);
  ftruncateSync(fd);
  const running = new Map<number, Noted>();
  const write = (line: string) => {
    try {
      writeSync(fd, `${line}\n`);
    } catch {
      // Of a full disk commits say more; that a program ran is then not known after a kill.
    }
  };
  return {
    leftOf: (owner) => [
      ...left.get(owner) ?? [],
      ...[...running.values()].filter((noted) => noted.owner === owner).map((noted) =>
        noted.program
      ),
    ],
    begun(leader, { owner, command }) {
      const program = { pid: leader, started: startOf(leader), command: basename(command) };
      running.set(leader, { owner, program });
      write(`+ ${leader} ${JSON.stringify([owner, program.started, program.command])}`);
    },
    over(leader) {
      running.delete(leader);
      if (running.size > 0) return write(`- ${leader}`);
      ftruncateSync(fd);
    },
    close: () => closeSync(fd),
  };
}

interface Noted {
  owner: string;
  program: LeftProgram;
}

function readLeft(path: string): Map<string, LeftProgram[]> {
  let text = "";
  try {
    text = readFileSync(path, "utf8");
  } catch {
    // There was no daemon before, or it has left nothing that can be read.
  }
  const noted = new Map<number, Noted>();
  for (const line of text.split("\n")) {
    const [, what, leader, rest] = /^([+-]) (\d+)(?: (.+))?$/.exec(line) ?? [];
    const pid = Number(leader);
    if (what === "-") noted.delete(pid);
    if (what !== "+" || rest === undefined) continue;
    try {
      const [owner, started, command] = parseJson(rest) as [string, string | null, string];
      noted.set(pid, { owner, program: { pid, started, command } });
    } catch {
      // The last line may be cut.
    }
  }
  const left = new Map<string, LeftProgram[]>();
  for (const { owner, program } of noted.values()) {
    left.set(owner, [...left.get(owner) ?? [], program]);
  }
  return left;
}
