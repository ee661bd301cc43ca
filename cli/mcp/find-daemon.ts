// Where the daemon of this data directory is; one is started in the background when none runs.

import { spawnSync, type SpawnSyncOptionsWithStringEncoding } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isObject } from "../../core/json.ts";
import { isThere, type ProvingDaemon } from "../../server/challenge.ts";
import { makeDirectory } from "../../server/directories.ts";
import { readDaemonFile } from "../../server/home-files.ts";
import { StartError } from "../../server/start-error.ts";
import { CALLED, ITSELF } from "../called.ts";
import { NotSentError } from "./http.ts";

/** How long a daemon may take until it serves, recovery of its runs included. */
const START_MS = 30_000;
/** How long a daemon that was there before is given to come back by itself. */
const RETURN_MS = 2_000;
/** How long another daemon may take to appear when ours gave way to it. */
const RIVAL_MS = 3_000;
const POLL_MS = 50;
const HEALTH_MS = 2_000;

const LOG_NAME = "daemon.log";
/** A log this large is put aside (one generation) when a daemon is started. */
const LOG_BYTES = 10 * 1024 * 1024;
/** How much of the log a failed start shows. */
const TAIL_BYTES = 2_000;

/** On a full disk the log stays empty. */
const SILENT =
  `it could not write a word to its log; ${CALLED} serve says why, and is its disk full?`;

export interface FoundDaemon {
  url: string;
  /** Who has to prove that it is there; undefined for an older daemon of ours, which cannot. */
  daemon: ProvingDaemon | "vouched" | undefined;
}

export interface DaemonFinder {
  /** A daemon that serves; throws a NotSentError that says what is wrong. */
  find(signal: AbortSignal): Promise<FoundDaemon>;
  /** Whether a daemon serves already; never starts one. */
  serves(): Promise<boolean>;
  /** Says that this URL did not answer: the next `find` looks again. */
  lost(url: string): void;
}

/** Finds the one daemon that the user named, and vouches for: it is never started from here. */
export function namedDaemon(url: string): DaemonFinder {
  let known = false;
  return {
    async find(signal) {
      for (const until = Date.now() + RETURN_MS; !known; await delay(POLL_MS, null, { signal })) {
        known = await isServing(url);
        if (!known && Date.now() > until) {
          throw new NotSentError(`no opcode daemon answers at ${url}`);
        }
      }
      return { url, daemon: "vouched" };
    },
    serves: () => isServing(url),
    lost() {
      known = false;
    },
  };
}

/** Whose daemon it is. */
interface Home {
  /** The data directory, absolute. */
  home: string;
  /** Undefined where the settings have a fault, which the daemon that is started says. */
  db_path: string | undefined;
}

/** Finds the daemon of a data directory, or starts it as a process of its own. */
export function homeDaemon(settings: Home, note: (text: string) => void): DaemonFinder {
  let found: FoundDaemon | undefined;
  let returnsUntil = 0;
  let looking: Promise<FoundDaemon> | undefined;
  return {
    find(signal) {
      if (found !== undefined) return Promise.resolve(found);
      looking ??= look({ settings, note, returnsUntil, signal }).finally(() => looking = undefined);
      return looking.then((daemon) => found = daemon);
    },
    async serves() {
      const url = found?.url ?? readDaemonFile(settings.home)?.url;
      return url !== undefined && await isServing(url);
    },
    lost(url) {
      if (found?.url !== url) return;
      found = undefined;
      returnsUntil = Date.now() + RETURN_MS;
    },
  };
}

async function look(options: {
  settings: Home;
  note: (text: string) => void;
  returnsUntil: number;
  signal: AbortSignal;
}): Promise<FoundDaemon> {
  const { settings, note, returnsUntil, signal } = options;
  const until = Date.now() + START_MS;
  let started: Started | undefined;
  for (;;) {
    const file = readDaemonFile(settings.home);
    const daemon = file?.key === undefined ? undefined : { ...file, key: file.key };
    const gone = file === undefined || (daemon !== undefined && !await isThere(daemon, signal));
    const state = gone ? "gone" : await stateOf(file.url);
    if (state === "serves") return { url: file!.url, daemon };
    const now = Date.now();
    if (now > until) {
      const log = join(settings.home, LOG_NAME);
      throw new NotSentError(`the daemon does not serve after ${START_MS / 1000} s: see ${log}`);
    }
    // One that starts or stops is waited for: it holds the lock of the database.
    if (state === "gone") {
      if (started === undefined && now >= returnsUntil) {
        note(`starting a daemon; it logs to ${join(settings.home, LOG_NAME)}`);
        started = start(settings);
      }
      const failure = started?.failure();
      if (failure !== undefined && now > failure.at + RIVAL_MS) {
        throw new NotSentError(failure.text);
      }
    }
    await delay(POLL_MS, null, { signal });
  }
}

interface Started {
  /** Why the process has ended, and when that was seen. */
  failure(): { at: number; text: string } | undefined;
}

/**
 * The daemon outlives us and our client. A session of its own is not enough: clients end the
 * process tree of their servers, so the daemon's parent is a shell that is gone at once.
 */
function start(settings: Home): Started {
  const { home } = settings;
  const path = join(home, LOG_NAME);
  const log = openLog(home, path);
  const from = fstatSync(log).size;
  const serve = [...ITSELF, "serve"];
  const { stdout, error } = spawnSync("/bin/sh", ["-c", '"$@" >&2 & echo $!', "sh", ...serve], {
    detached: true,
    encoding: "utf8",
    stdio: ["ignore", "pipe", log],
    // Not the client's folder: which client happens to come first must not matter to workflows.
    cwd: homedir(),
    env: {
      ...process.env,
      OPCODE_HOME: home,
      // An agent's, and none of the daemon's business.
      OPCODE_AGENT_TOKEN: undefined,
      OPCODE_AGENT_TOKEN_FILE: undefined,
      ...(process.env.OPCODE_DB_PATH && settings.db_path && { OPCODE_DB_PATH: settings.db_path }),
    },
  } as SpawnSyncOptionsWithStringEncoding);
  closeSync(log);
  if (error) throw new NotSentError(`the daemon cannot be started: ${error.message}`);
  const pid = Number(stdout);
  let ended: number | undefined;
  return {
    failure() {
      if (ended === undefined && !exists(pid)) ended = Date.now();
      if (ended === undefined) return;
      const said = readFileSync(path).subarray(from).subarray(-TAIL_BYTES).toString().trim();
      return { at: ended, text: `the daemon ended at once: ${forMcp(said) || SILENT}` };
    },
  };
}

/** What a daemon said last, for somebody who started it by `mcp`, which takes no settings as flags. */
function forMcp(said: string): string {
  return said.replaceAll(/^error: /gm, "").replaceAll(
    /take (?:another|a) port(.*?) with --listen-addr\b(?:, or take --listen-addr (\S+))?/g,
    (_, above: string, other?: string) =>
      `take another port${above} with OPCODE_LISTEN_ADDR=:PORT in the client's env or "listen_addr" in ` +
      `settings.json${other === undefined ? "" : `, or ${other} there`}`,
  );
}

function openLog(home: string, path: string): number {
  try {
    makeDirectory(home, "OPCODE_HOME");
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES) {
      renameSync(path, `${path}.1`);
    }
    return openSync(path, "a", 0o600);
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof StartError) throw new NotSentError(message);
    throw new NotSentError(
      `${path} cannot be written (${message}): let this user write the directory, make room on its ` +
        "disk, or name another with OPCODE_HOME",
    );
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function isServing(url: string): Promise<boolean> {
  return await stateOf(url) === "serves";
}

async function stateOf(url: string): Promise<"serves" | "waits" | "gone"> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(HEALTH_MS) });
    const body = await response.json();
    if (!isObject(body) || typeof body.version !== "string") return "gone";
    return response.ok ? "serves" : "waits";
  } catch {
    return "gone";
  }
}
