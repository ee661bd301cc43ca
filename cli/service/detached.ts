// How a daemon runs in the background where no service manager sees to it: a process of its own, with a log file.

import { spawnSync, type SpawnSyncOptionsWithStringEncoding } from "node:child_process";
import { closeSync, existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { isAlive, replaceFile } from "../../server/home-files.ts";
import { loadSettings } from "../../server/settings/load.ts";
import { StartError } from "../../server/start-error.ts";
import { CALLED } from "../called.ts";
import { endDaemon, ownDaemon } from "../own-daemon.ts";
import { lastWords, logFile, openLog } from "./log-file.ts";
import type { Manager } from "./manager.ts";
import { launcher } from "./program.ts";

/** On a full disk the log stays empty. */
const SILENT =
  `it could not write a word to its log; ${CALLED} serve says why, and is its disk full?`;

/** Which process was started in the background. */
const BACKGROUND_FILE = "background.pid";

/** Whose daemon it is. */
export interface Home {
  /** The data directory, absolute. */
  home: string;
  /** Undefined where the settings have a fault, which the daemon that is started says. */
  db_path: string | undefined;
}

export interface Started {
  /** What the process has said before it ended, and when that was seen; undefined while it runs. */
  failure(): { at: number; said: string } | undefined;
}

/**
 * Starts one that outlives this process and its client. A session of its own is not enough: clients end
 * the process tree of their servers, so the daemon's parent is a shell that is gone at once. StartError
 * when that cannot be.
 */
export function startDetached({ home, db_path }: Home): Started {
  const said = lastWords(logFile(home));
  const log = openLog(home);
  const serve = [...launcher(), "serve"];
  const { stdout, error } = spawnSync("/bin/sh", ["-c", '"$@" >&2 & echo $!', "sh", ...serve], {
    detached: true,
    encoding: "utf8",
    stdio: ["ignore", "pipe", log],
    // Not the folder of whoever happens to come first: that must not matter to workflows.
    cwd: homedir(),
    env: {
      ...process.env,
      OPCODE_HOME: home,
      // An agent's, and none of the daemon's business.
      OPCODE_AGENT_TOKEN: undefined,
      OPCODE_AGENT_TOKEN_FILE: undefined,
      ...(process.env.OPCODE_DB_PATH && db_path && { OPCODE_DB_PATH: db_path }),
    },
  } as SpawnSyncOptionsWithStringEncoding);
  closeSync(log);
  if (error) throw new StartError(`the daemon cannot be started: ${error.message}`);
  const pid = Number(stdout);
  try {
    replaceFile(join(home, BACKGROUND_FILE), String(pid));
  } catch (error) {
    // Whoever is told that there is none must not have one.
    process.kill(pid, "SIGKILL");
    throw error;
  }
  let ended: number | undefined;
  return {
    failure() {
      if (ended === undefined && !isAlive(pid)) ended = Date.now();
      return ended === undefined ? undefined : { at: ended, said: said() || SILENT };
    },
  };
}

/** The process that was started last; the number may be another's by now. */
function startedHere(home: string): number | undefined {
  const file = join(home, BACKGROUND_FILE);
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : undefined;
}

/** Where a relative path of this directory leads, from which the daemon is not started. */
function pathOfData(): string | undefined {
  try {
    return loadSettings({ env: process.env }).db_path;
  } catch {
    // The daemon says what is wrong with them.
    return undefined;
  }
}

export function detached(home: string, because: string): Manager {
  return {
    kind: "detached",
    because,
    definition: () => undefined,
    startsByItself: () => Promise.resolve(false),
    // Nobody sees to it, but whoever started it here may start it again.
    pid: () => Promise.resolve(startedHere(home)),
    install: () =>
      Promise.resolve([
        `${because}, so the daemon runs in the background and does not start by itself after a reboot`,
      ]),
    uninstall: () => Promise.resolve(),
    start() {
      const started = startDetached({ home, db_path: pathOfData() });
      return Promise.resolve({
        failure: () => {
          const failure = started.failure();
          return Promise.resolve(failure && `the daemon ended at once: ${failure.said}`);
        },
      });
    },
    async stop() {
      const found = await ownDaemon(home);
      if (found.state === "there") await endDaemon(found.daemon);
    },
    log: { file: logFile(home) },
  };
}
