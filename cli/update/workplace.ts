// Where an update prepares and remembers what it does: beside the executable, for one at a time.

import {
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { parseJson } from "../../core/exact-json.ts";
import { isObject } from "../../core/json.ts";
import { isAlive } from "../../server/home-files.ts";

/** An update that is older than this was given up, whoever has its process number now. */
const OLDEST_MS = 60 * 60 * 1_000;

/** What an update under way is about, so that it can be ended by whoever finds it. */
export interface Journal {
  from: string;
  to: string;
  /** The data directory whose daemon runs the file. */
  home: string;
  /** Whether a service of it is to be started again. */
  restart: boolean;
  /** The copy of the data from before; null when there were none. */
  snapshot: string | null;
  /** Layouts of the database, of before and of the new version; null without a database. */
  layouts: { before: number; after: number } | null;
}

export interface Workplace {
  directory: string;
  /** The new file, once it is whole. */
  staged: string;
  /** The file that is replaced. */
  executable: string;
  /** The file of before; the last one only. */
  previous: string;
}

export function workplaceOf(executable: string): Workplace {
  const directory = join(dirname(executable), ".opcode.update");
  return {
    directory,
    staged: join(directory, "opcode"),
    executable,
    previous: join(dirname(executable), ".opcode.previous"),
  };
}

/** Makes it for this process; an Error while another update uses it. */
export function takeWorkplace(place: Workplace): void {
  if (made(place.directory)) return;
  const owner = ownerOf(place);
  const whose = owner === undefined ? "" : ` (process ${owner})`;
  throw new Error(`another update is at work on ${place.executable}${whose}`);
}

/** What an update has left that is gone is handed to `ends`, and removed. */
export async function endLeft(
  place: Workplace,
  ends: (journal: Journal) => Promise<void>,
): Promise<void> {
  if (!existsSync(place.directory) || ownerOf(place) !== undefined) return;
  const journal = readJournal(place);
  try {
    if (journal) await ends(journal);
  } finally {
    leaveWorkplace(place);
  }
}

/** The process that is at work there; undefined when it has gone. */
function ownerOf({ directory }: Workplace): number | undefined {
  const owner = Number(readText(join(directory, "pid")));
  const age = Date.now() - (statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return isAlive(owner) && age < OLDEST_MS ? owner : undefined;
}

export function leaveWorkplace({ directory }: Workplace): void {
  rmSync(directory, { recursive: true, force: true });
}

/** Hands it to another process. */
export function giveWorkplace({ directory }: Workplace, pid: number): void {
  writeFileSync(join(directory, "pid.new"), String(pid));
  renameSync(join(directory, "pid.new"), join(directory, "pid"));
}

/** From here on the update is to be ended by whoever finds it. */
export function writeJournal({ directory }: Workplace, journal: Journal): void {
  writeFileSync(join(directory, "journal.new"), JSON.stringify(journal), { flush: true });
  renameSync(join(directory, "journal.new"), join(directory, "journal.json"));
}

export function readJournal({ directory }: Workplace): Journal | undefined {
  const text = readText(join(directory, "journal.json"));
  const value = text === undefined ? undefined : parseJson(text);
  return isObject(value) ? value as unknown as Journal : undefined;
}

/** With the process number in it from the first moment; false when another one is there. */
function made(directory: string): boolean {
  const fresh = mkdtempSync(`${directory}-`);
  try {
    writeFileSync(join(fresh, "pid"), String(process.pid));
    renameSync(fresh, directory);
    return true;
  } catch (error) {
    rmSync(fresh, { recursive: true });
    if (["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code!)) return false;
    throw error;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
