// Whether the daemon of a data directory runs, and which process it is: only one that proves it is ever told anything.

import { setTimeout as delay } from "node:timers/promises";
import { parseJson } from "../core/exact-json.ts";
import { isObject } from "../core/json.ts";
import { isThere, type ProvingDaemon } from "../server/challenge.ts";
import { type DaemonFile, isAlive, readDaemonFile } from "../server/home-files.ts";
import { NotReached } from "./client.ts";
import { UsageError } from "./usage-error.ts";

/** What whoever waits for a daemon looks at its files for, every so often, ms. */
export const POLL_MS = 50;
export const PROOF_MS = 2_000;
const LAST_MOMENTS_MS = 2_000;
/** A daemon has ended ten seconds after it was asked to. */
const PATIENCE_MS = 15_000;

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

/** Ends a daemon that has just proved itself, and waits until it has gone. Throws when it has not in time. */
export async function endDaemon({ pid, url }: { pid: number; url: string }): Promise<void> {
  if (!await isStopping(url)) process.kill(pid, "SIGTERM");
  for (const until = Date.now() + PATIENCE_MS; isAlive(pid); await delay(POLL_MS)) {
    if (Date.now() > until) {
      throw new Error(`the daemon (process ${pid}) has not ended after ${PATIENCE_MS / 1_000} s`);
    }
  }
}

/** Of one that has just proved itself. A second signal would cut it short. */
async function isStopping(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PROOF_MS) });
    const health = parseJson(await response.text());
    return isObject(health) && health.status === "stopping";
  } catch (error) {
    // It has closed its door meanwhile; one that is silent may need to be told.
    return (error as Error).name !== "TimeoutError";
  }
}

/** Whether a daemon at this URL serves, or is there and does not yet or no more. */
export async function healthOf(url: string): Promise<"serves" | "waits" | "gone"> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PROOF_MS) });
    const body = parseJson(await response.text());
    if (!isObject(body) || typeof body.version !== "string") return "gone";
    return response.ok ? "serves" : "waits";
  } catch {
    return "gone";
  }
}
