// Where the daemon of this data directory is; when none runs its service is started, or one in the background.

import { setTimeout as delay } from "node:timers/promises";
import { isThere, type ProvingDaemon } from "../../server/challenge.ts";
import { readDaemonFile } from "../../server/home-files.ts";
import { healthOf } from "../own-daemon.ts";
import { hint } from "../hint.ts";
import { type Home, startDetached, type Started } from "../service/detached.ts";
import { logFile } from "../service/log-file.ts";
import { type Service, serviceOf } from "../service/service.ts";
import { NotSentError } from "./http.ts";

/** How long a daemon may take until it serves, recovery of its runs included. */
const START_MS = 30_000;
/** How long a daemon that was there before is given to come back by itself. */
const RETURN_MS = 2_000;
/** How long another daemon may take to appear when ours gave way to it. */
const RIVAL_MS = 3_000;
const POLL_MS = 50;

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

/** Finds the daemon of a data directory, or has its service start it, or starts it as a process of its own. */
export function homeDaemon(
  settings: Home,
  note: (text: string) => void,
  service: (home: string) => Promise<Service> = serviceOf,
): DaemonFinder {
  let found: FoundDaemon | undefined;
  let returnsUntil = 0;
  let looking: Promise<FoundDaemon> | undefined;
  return {
    find(signal) {
      if (found !== undefined) return Promise.resolve(found);
      looking ??= look({ settings, note, service, returnsUntil, signal }).finally(() =>
        looking = undefined
      );
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

interface StartOptions {
  settings: Home;
  note: (text: string) => void;
  service: (home: string) => Promise<Service>;
}

async function look(
  options: StartOptions & { returnsUntil: number; signal: AbortSignal },
): Promise<FoundDaemon> {
  const { settings, returnsUntil, signal } = options;
  const until = Date.now() + START_MS;
  let started: Started | undefined;
  for (;;) {
    const file = readDaemonFile(settings.home);
    const daemon = file?.key === undefined ? undefined : { ...file, key: file.key };
    const gone = file === undefined || (daemon !== undefined && !await isThere(daemon, signal));
    const state = gone ? "gone" : await healthOf(file.url);
    if (state === "serves") return { url: file!.url, daemon };
    const now = Date.now();
    if (now > until) {
      const log = logFile(settings.home);
      throw new NotSentError(`the daemon does not serve after ${START_MS / 1000} s: see ${log}`);
    }
    // One that starts or stops is waited for: it holds the lock of the database.
    if (state === "gone") {
      if (started === undefined && now >= returnsUntil) {
        started = await start(options);
      }
      const failure = started?.failure();
      if (failure !== undefined && now > failure.at + RIVAL_MS) {
        throw new NotSentError(`the daemon ended at once: ${forMcp(failure.said)}`);
      }
    }
    await delay(POLL_MS, null, { signal });
  }
}

/** Throws NotSentError. */
async function start({ settings, note, service }: StartOptions): Promise<Started> {
  const installed = await service(settings.home);
  try {
    if (installed.kind === "detached") {
      note(`starting a daemon; it logs to ${logFile(settings.home)}`);
      return startDetached(settings);
    }
    note(
      `starting the service of ${settings.home} (${installed.kind}); its log: ` +
        hint("service", "logs"),
    );
    await installed.start();
    return { failure: () => undefined };
  } catch (error) {
    throw new NotSentError(forMcp((error as Error).message));
  }
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

async function isServing(url: string): Promise<boolean> {
  return await healthOf(url) === "serves";
}
