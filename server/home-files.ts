// How a running daemon is found: `opcode.pid` and `daemon.json` in the data directory.

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isObject } from "../core/json.ts";
import { systemReason } from "../core/system-reason.ts";
import { isThere } from "./challenge.ts";
import type { Reloaded } from "./reload.ts";
import { StartError } from "./start-error.ts";

/** What daemon.json says of the daemon that wrote it. */
export interface DaemonFile {
  pid: number;
  /** The very address that is bound, as a client on this machine reaches it. */
  url: string;
  version: string;
  /** By which it proves to be the one; see proof.ts. Older daemons had none. */
  key?: string;
  /** What came of the last time that it read its settings again. */
  reload?: Reloaded;
}

/** The files of the daemon that has claimed them. */
export interface HomeFiles {
  /** Says more in daemon.json. StartError when that cannot be written. */
  tell(more: Partial<DaemonFile>): void;
  /** Removes both, each only while it still names us. */
  remove(): void;
}

/**
 * Writes both files. Leaves those of another live daemon alone and returns undefined.
 */
export async function claimHome(home: string, ours: DaemonFile): Promise<HomeFiles | undefined> {
  const other = readDaemonFile(home);
  if (other && other.pid !== ours.pid && await isAnswering(other)) return;
  const pidfile = join(home, "opcode.pid");
  const jsonFile = join(home, "daemon.json");
  replaceFile(pidfile, String(ours.pid));
  replaceFile(jsonFile, JSON.stringify(ours) + "\n");
  const isOurs = () => {
    const now = readDaemonFile(home);
    return now?.pid === ours.pid && now.url === ours.url;
  };
  return {
    tell(more) {
      if (isOurs()) replaceFile(jsonFile, JSON.stringify({ ...ours, ...more }) + "\n");
    },
    remove() {
      if (readText(pidfile) === String(ours.pid)) rmSync(pidfile, { force: true });
      if (isOurs()) rmSync(jsonFile, { force: true });
    },
  };
}

/** What daemon.json says, if the process it names exists. */
export function readDaemonFile(home: string): DaemonFile | undefined {
  try {
    const value = JSON.parse(readText(join(home, "daemon.json")) ?? "null");
    if (
      isObject(value) && typeof value.url === "string" && isAlive(Number(value.pid)) &&
      (value.key === undefined || typeof value.key === "string")
    ) {
      return value as unknown as DaemonFile;
    }
  } catch {
    // Written whole by rename, so a file that is no JSON is not ours: as good as none.
  }
}

/** A process id may have been given to another program since, so the daemon itself is asked. */
async function isAnswering(daemon: DaemonFile): Promise<boolean> {
  const { key } = daemon;
  if (key !== undefined) return await isThere({ ...daemon, key }, AbortSignal.timeout(1_000));
  try {
    const response = await fetch(`${daemon.url}/healthz`, { signal: AbortSignal.timeout(1_000) });
    const body = await response.json();
    return isObject(body) && typeof body.status === "string" && typeof body.version === "string";
  } catch {
    return false;
  }
}

/** Whether there is a process of this number, whosever it is. */
export function isAlive(pid: number): boolean {
  // 0 and negative numbers would name process groups.
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Written beside and renamed over, so that nobody reads half a file. StartError when that cannot be. */
export function replaceFile(path: string, text: string, mode = 0o600): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new StartError(
      `${path} cannot be written (${systemReason(error)}): make room on its disk, let this ` +
        "user write the directory, or name another with OPCODE_HOME",
      { cause: error },
    );
  }
}
