// How an update waits for the daemon that runs the new file, and what else it asks of whoever keeps it running.

import { setTimeout as delay } from "node:timers/promises";
import { isThere } from "../../server/challenge.ts";
import { readDaemonFile } from "../../server/home-files.ts";

/** What stops and starts the daemon of a data directory. */
export interface Keeper {
  stop(): Promise<void>;
  /** Returns once it was asked to start, not once it has. */
  start(): Promise<void>;
}

const HEALTH_MS = 30_000;
const POLL_MS = 100;

/** Whether a daemon of that version answers well within half a minute. */
export async function becomesHealthy(home: string, version: string): Promise<boolean> {
  const until = AbortSignal.timeout(HEALTH_MS);
  while (!until.aborted) {
    if (await isHealthy(home, version, until)) return true;
    await delay(POLL_MS);
  }
  return false;
}

async function isHealthy(home: string, version: string, signal: AbortSignal): Promise<boolean> {
  const file = readDaemonFile(home);
  if (file?.key === undefined || file.version !== version) return false;
  if (!await isThere({ ...file, key: file.key }, signal)) return false;
  try {
    return (await fetch(`${file.url}/healthz`, { signal })).ok;
  } catch {
    return false;
  }
}
