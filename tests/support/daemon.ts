// How tests get a real daemon: in this process, or as a child process that can be killed.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { type Logger, silentLogger } from "../../core/log.ts";
import { type Daemon, type DaemonOptions, startDaemon } from "../../server/daemon.ts";
import { readDaemonFile } from "../../server/home-files.ts";
import { childEnvironment } from "../../server/settings/environment.ts";
import type { SettingName } from "../../server/settings/keys.ts";
import { loadSettings } from "../../server/settings/load.ts";
import { storeEnv } from "./store-env.ts";

/** The part of node:test's context that cleaning up needs. */
export interface Cleanup {
  after(run: () => unknown): void;
}

const MAIN = fileURLToPath(new URL("../../bin/opcode.mjs", import.meta.url));

/** `BINARY=dist/opcode npm test -- e2e`: the single binary in the place of the sources, wherever a test starts them. */
export const BINARY = process.env.BINARY ? resolve(process.env.BINARY) : undefined;

/** For what a whole `describe` shares: call it in its body, use the answer in `before`. */
export function suiteCleanup(): Cleanup {
  const steps: (() => unknown)[] = [];
  after(async () => {
    for (const step of steps) await step();
  });
  return { after: (run) => void steps.push(run) };
}

const pending = new WeakMap<Cleanup, (() => unknown)[]>();

/** Like `t.after`, but last registered, first run: a daemon ends before its directory goes. */
export function afterwards(t: Cleanup, run: () => unknown): void {
  let steps = pending.get(t);
  if (!steps) {
    const mine: (() => unknown)[] = steps = [];
    pending.set(t, mine);
    t.after(async () => {
      for (const step of mine.reverse()) await step();
    });
  }
  steps.push(run);
}

/** A fresh directory, removed after the test. */
export function tempHome(t: Cleanup): string {
  const home = mkdtempSync(join(tmpdir(), "opcode-test-"));
  afterwards(t, () => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** Ends the daemon of a data directory, whoever has started it, before the directory goes. */
export function endDaemonOf(t: Cleanup, home: string): void {
  afterwards(t, () => {
    const pidfile = join(home, "opcode.pid");
    const pid = readDaemonFile(home)?.pid ??
      (existsSync(pidfile) ? Number(readFileSync(pidfile, "utf8")) : undefined);
    if (pid !== undefined) process.kill(pid, "SIGKILL");
  });
}

/** A daemon in this process on a free port; stopped and its data removed after the test. */
export async function startTestDaemon(
  t: Cleanup,
  options: {
    home?: string;
    /** Settings by name, as text: `{auth_token: "…"}`. */
    settings?: Partial<Record<SettingName, string>>;
    conformanceFixtures?: boolean;
    log?: Logger;
    /** Where `log` also goes. */
    logs?: DaemonOptions["logs"];
    /** The pages of the panel. */
    panel?: DaemonOptions["panel"];
    /** The key of its vault; a raw one (`hex:…`) needs no derivation. */
    vaultKey?: string;
  } = {},
): Promise<Daemon & { home: string }> {
  const home = options.home ?? tempHome(t);
  const settings = loadSettings({
    env: options.settings?.db_path === undefined
      ? { OPCODE_HOME: home, ...storeEnv({ OPCODE_HOME: home }) }
      : { OPCODE_HOME: home },
    flags: { listen_addr: "127.0.0.1:0", ...options.settings },
  });
  const daemon = await startDaemon({
    settings,
    version: "test",
    log: options.log ?? silentLogger,
    ...(options.logs && { logs: options.logs }),
    childEnv: childEnvironment(process.env),
    conformanceFixtures: options.conformanceFixtures,
    panel: options.panel,
    vaultKey: options.vaultKey === undefined
      ? undefined
      : { text: options.vaultKey, from: "OPCODE_VAULT_KEY", warnings: [] },
    onFatal: (error) => {
      throw error;
    },
  });
  afterwards(t, () => daemon.close());
  return { ...daemon, home };
}

export interface SpawnedDaemon {
  url: string;
  pid: number;
  child: ChildProcess;
  home: string;
  /** What it has logged so far: JSON lines. */
  log(): string;
  /** SIGTERM; resolves with the exit code once it has gone. */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves once it has gone. Its data stays: spawn again with the same `home`. */
  kill(): Promise<void>;
}

/** A daemon as a process of its own; resolves once it serves, rejects with its log if it ends first. */
export async function spawnDaemon(
  t: Cleanup,
  options: {
    home?: string;
    env?: Record<string, string>;
    args?: string[];
    /** Its working directory; that of the test when absent. */
    cwd?: string;
    /** The most that the main thread's heap may hold, in MiB, as on a small machine. */
    heapMiB?: number;
    /** The most descriptors (files, pipes, sockets) that it may have open at once. */
    descriptors?: number;
    /** A module that is loaded into the process before anything else. */
    preload?: URL;
    /** The single binary, which runs then instead of the sources. */
    binary?: string;
  } = {},
): Promise<SpawnedDaemon> {
  const home = options.home ?? tempHome(t);
  const heap = options.heapMiB === undefined ? [] : [`--max-old-space-size=${options.heapMiB}`];
  const preload = options.preload === undefined ? [] : ["--import", options.preload.href];
  // What is asked of Node itself, only the sources can be started with.
  const binary = options.binary ?? (heap.length + preload.length > 0 ? undefined : BINARY);
  const program = binary === undefined ? [process.execPath, ...heap, ...preload, MAIN] : [binary];
  const serve = [...program, "serve", "--listen-addr", "127.0.0.1:0", ...(options.args ?? [])];
  const [file, ...args] = [...limited(options.descriptors), ...serve];
  const child = spawn(file!, args, {
    env: cleanEnv({ OPCODE_HOME: home, ...options.env }),
    stdio: ["ignore", "ignore", "pipe"],
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, "close");
      child.kill(signal);
      await gone;
    }
    return child.exitCode;
  };
  // Before it serves: one that never does must not outlive its test, nor its data directory.
  afterwards(t, () => end("SIGKILL"));
  let log = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      const found = /^\{.*"msg":"listening","url":"([^"]+)".*\}$/m.exec(log);
      if (found) resolve(found[1]!);
    });
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`daemon ended with ${code}: ${log}`)));
  });
  return {
    url,
    pid: child.pid!,
    child,
    home,
    log: () => log,
    stop: () => end("SIGTERM"),
    kill: async () => void await end("SIGKILL"),
  };
}

/** What starts a command under a limit of descriptors; its pid is that of the command. */
function limited(descriptors: number | undefined): string[] {
  if (descriptors === undefined) return [];
  return ["/bin/sh", "-c", `ulimit -n ${descriptors} && exec "$0" "$@"`];
}

/** This process's environment without any opcode variable, plus the ones given, and where the data are. */
export function cleanEnv(extra: Record<string, string>): Record<string, string> {
  const env = childEnvironment(process.env);
  for (const name of Object.keys(env)) if (name.startsWith("OPCODE_")) delete env[name];
  return { ...env, ...storeEnv(extra), ...extra };
}
