// How the daemon of a data directory runs, and how it is started, stopped and started again: one way, whoever sees to it.

import { setTimeout as delay } from "node:timers/promises";
import { OpcodeError } from "../../core/errors.ts";
import { isThere } from "../../server/challenge.ts";
import { readDaemonFile } from "../../server/home-files.ts";
import { endDaemon, healthOf, ownDaemon, POLL_MS } from "../own-daemon.ts";
import { detached } from "./detached.ts";
import { launchd } from "./launchd.ts";
import type { Begun, LogPlace, Manager, ManagerKind } from "./manager.ts";
import { systemdHere, systemdLacking } from "./systemd.ts";

/**
 * How long a daemon may take until it serves: a slow machine, tables to bring to another layout, runs to
 * recover. One that ends is told at once; this is for one that neither serves nor ends.
 */
const START_MS = 120_000;

/** A daemon that has proved to be that of the data directory. */
export interface Serving {
  pid: number;
  url: string;
  version: string;
}

export interface ServiceStatus {
  kind: ManagerKind;
  /** Why it is that kind. */
  because: string;
  home: string;
  /** The unit or property list; null where there is none. */
  definition: string | null;
  /** Whether it starts by itself with the machine or the session. */
  starts_by_itself: boolean;
  /** Null: none runs. */
  daemon:
    | Serving & {
      /** Whether the service manager has started it; otherwise somebody has, by hand or for a client. */
      by_service: boolean;
    }
    | null;
}

export interface Service {
  readonly kind: ManagerKind;
  readonly log: LogPlace;
  status(): Promise<ServiceStatus>;
  /** Starts it unless one runs; resolves once it serves. EXECUTION_ERROR with its last words when it does not. */
  start(): Promise<Serving>;
  /** Ends whichever daemon of the data directory runs, by whomever it was started; answers whether one did. */
  stop(): Promise<boolean>;
  /** Ends the one that runs, if any, and has the service start another; as `start`. */
  restart(): Promise<Serving>;
  /** Has it start by itself from now on; answers what else there is to know or do. */
  install(): Promise<string[]>;
  /** Stops it and takes that back; data stay. Answers whether there was a definition. */
  uninstall(): Promise<boolean>;
}

/** The service that is installed for the data directory (absolute); else a process in the background. */
export async function serviceOf(home: string): Promise<Service> {
  const manager = await managerFor(home);
  if (manager.kind === "detached" || manager.definition() !== undefined) {
    return serviceBy(manager, home);
  }
  return serviceBy(detached(home, `no ${manager.kind} service is installed for it`), home);
}

/** The service that an installation would make here, there or not. */
export async function installableService(home: string): Promise<Service> {
  return serviceBy(await managerFor(home), home);
}

async function managerFor(home: string): Promise<Manager> {
  if (process.platform === "darwin") return launchd({ home });
  if (process.platform !== "linux") {
    return detached(home, "this system has no service manager we know");
  }
  const lacking = await systemdLacking();
  return lacking === undefined ? systemdHere(home) : detached(home, lacking);
}

export function serviceBy(manager: Manager, home: string): Service {
  const start = async () => {
    const found = await ownDaemon(home);
    return found.state === "there"
      ? servingOf(found.daemon)
      : await untilServes(home, await manager.start());
  };
  const stop = async () => {
    const found = await ownDaemon(home);
    // Also when none answers: the manager may be about to start one again.
    if (manager.definition() !== undefined) await manager.stop();
    const left = await ownDaemon(home);
    if (left.state === "there") await endDaemon(left.daemon);
    return found.state !== "none";
  };
  return {
    kind: manager.kind,
    log: manager.log,
    async status() {
      const definition = manager.definition() ?? null;
      const found = await ownDaemon(home);
      const isAsked = definition !== null || manager.kind === "detached";
      const seenTo = isAsked ? await manager.pid() : undefined;
      return {
        kind: manager.kind,
        because: manager.because,
        home,
        definition,
        starts_by_itself: definition !== null && await manager.startsByItself(),
        daemon: found.state !== "there" ? null : {
          ...servingOf(found.daemon),
          by_service: found.daemon.pid === seenTo,
        },
      };
    },
    start,
    stop,
    async restart() {
      await stop();
      return await start();
    },
    install: () => manager.install(),
    async uninstall() {
      const was = manager.definition() !== undefined;
      await stop();
      if (was) await manager.uninstall();
      return was;
    },
  };
}

async function untilServes(home: string, begun: Begun): Promise<Serving> {
  for (const until = Date.now() + START_MS; Date.now() < until; await delay(POLL_MS)) {
    const file = readDaemonFile(home);
    if (file?.key !== undefined && await isThere({ ...file, key: file.key })) {
      if (await healthOf(file.url) === "serves") return servingOf(file);
      continue;
    }
    const failure = await begun.failure();
    if (failure !== undefined) throw new OpcodeError("EXECUTION_ERROR", failure);
  }
  throw new OpcodeError(
    "EXECUTION_ERROR",
    `the daemon of ${home} does not serve after ${START_MS / 1_000} s: its log says why`,
  );
}

function servingOf({ pid, url, version }: Serving): Serving {
  return { pid, url, version };
}
