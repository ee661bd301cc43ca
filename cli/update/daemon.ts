// How an update waits for the daemon that runs the new file, and what else it asks of whoever keeps it running.

import { setTimeout as delay } from "node:timers/promises";
import { isThere } from "../../server/challenge.ts";
import { readDaemonFile } from "../../server/home-files.ts";
import { healthOf } from "../own-daemon.ts";

/** What stops and starts the daemon of a data directory. */
export interface Keeper {
  stop(): Promise<void>;
  /** Resolves once one serves; throws why none does. */
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
  return await isThere({ ...file, key: file.key }, signal) && await healthOf(file.url) === "serves";
}
