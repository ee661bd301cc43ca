// Whether the daemon of a data directory runs, and which process it is: only one that proves it is ever told anything.

import { setTimeout as delay } from "node:timers/promises";
import { isThere, type ProvingDaemon } from "../server/challenge.ts";
import { type DaemonFile, readDaemonFile } from "../server/home-files.ts";
import { NotReached } from "./client.ts";
import { UsageError } from "./usage-error.ts";

/** What whoever waits for a daemon looks at its files for, every so often, ms. */
export const POLL_MS = 50;
export const PROOF_MS = 2_000;
const LAST_MOMENTS_MS = 2_000;

export type OwnDaemon =
  | { state: "there"; daemon: DaemonFile & ProvingDaemon }
  /** It was in the last moments of its stop. */
  | { state: "ended"; pid: number }
  | { state: "none" };

/**
 * Throws NotReached where daemon.json names a process that does not prove to be the daemon: its number
 * may be another's by now, whom a signal would kill.
 */
export async function ownDaemon(home: string): Promise<OwnDaemon> {
  const file = readDaemonFile(home);
  if (file === undefined) return { state: "none" };
  const { pid, url, key } = file;
  if (key !== undefined) {
    const daemon = { ...file, key };
    if (await isThere(daemon, AbortSignal.timeout(PROOF_MS))) return { state: "there", daemon };
  }
  // In the last moments of a stop it answers nobody any more.
  for (const until = Date.now() + LAST_MOMENTS_MS; Date.now() < until; await delay(POLL_MS)) {
    if (readDaemonFile(home)?.pid !== pid) return { state: "ended", pid };
  }
  throw new NotReached(
    `process ${pid} does not answer as the daemon of ${home} (${url}): if it is the daemon, ` +
      `end it with kill ${pid}`,
  );
}

/** UsageError for a command that signals the daemon of the data directory, and was given a URL. */
export function refuseUrl(command: string, url: string | undefined): void {
  if (url || process.env.OPCODE_URL) {
    throw new UsageError(
      `${command}: is about the daemon of OPCODE_HOME, never one that a URL names`,
    );
  }
}
