// What `opcode stop` does: ends the daemon of this data directory, and waits until it has gone.

import { setTimeout as delay } from "node:timers/promises";
import { parseJson } from "../../core/exact-json.ts";
import { isObject } from "../../core/json.ts";
import { isThere } from "../../server/challenge.ts";
import { isAlive, readDaemonFile } from "../../server/home-files.ts";
import { loadSettings } from "../../server/settings/load.ts";
import { printJson, printLine } from "../print.ts";
import { UsageError } from "../usage-error.ts";

/** A daemon has ended ten seconds after it was asked to. */
const PATIENCE_MS = 15_000;
const POLL_MS = 50;
const PROOF_MS = 2_000;

/**
 * Answers 0 once there is none, also when there was none. Only a process that proves to be the
 * daemon of the data directory gets the signal: its number may be another's by now.
 */
export async function stop(flags: { json: boolean; url?: string | undefined }): Promise<number> {
  if (flags.url || process.env.OPCODE_URL) {
    throw new UsageError("stop: ends the daemon of OPCODE_HOME, never one that a URL names");
  }
  const { home } = loadSettings({ env: process.env });
  const file = readDaemonFile(home);
  const tell = (stopped: boolean, text: string) => {
    if (flags.json) printJson({ stopped, home, ...(file && stopped && { pid: file.pid }) });
    else printLine(text);
    return 0;
  };
  if (file === undefined) return tell(false, `no daemon runs for ${home}`);
  const { pid, url, key } = file;
  if (key === undefined || !await isThere({ ...file, key }, AbortSignal.timeout(PROOF_MS))) {
    throw new Error(
      `process ${pid} does not answer as the daemon of ${home} (${url}): if it is the daemon, ` +
        `end it with kill ${pid}`,
    );
  }
  // Asked again it would end at once.
  if (!await isStopping(url)) process.kill(pid, "SIGTERM");
  for (const until = Date.now() + PATIENCE_MS; isAlive(pid); await delay(POLL_MS)) {
    if (Date.now() > until) {
      throw new Error(`the daemon (process ${pid}) has not ended after ${PATIENCE_MS / 1_000} s`);
    }
  }
  return tell(true, `stopped the daemon of ${home} (process ${pid})`);
}

async function isStopping(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PROOF_MS) });
    const health = parseJson(await response.text());
    return isObject(health) && health.status === "stopping";
  } catch {
    return false;
  }
}
