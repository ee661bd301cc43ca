// How this process becomes the daemon: settings, logger, signals, and the exit code.

import { constants } from "node:os";
import { createLogger, type Logger } from "../../core/log.ts";
import { LogRing } from "../../server/log-ring.ts";
import { boundHeapGrowth } from "../../server/heap-growth.ts";
import { trimHeapAtRest } from "../../server/heap.ts";
import { createReload } from "../../server/reload.ts";
import type { SettingName } from "../../server/settings/keys.ts";
import { childEnvironment, takeSecrets } from "../../server/settings/environment.ts";
import { wipeFromEnviron } from "../../server/settings/own-environ.ts";
import { loadSettings, type Settings } from "../../server/settings/load.ts";
import { readVaultKey } from "../../server/settings/vault-key.ts";
import type { Daemon } from "../../server/daemon.ts";
import { outliveReader } from "../closed-pipes.ts";
import { readableLine } from "../log-line.ts";
import { listenToSignals } from "../stop-signals.ts";
import { VERSION } from "../version.ts";

/** How long a graceful stop may take in all, and what may be left of the process after it, ms. */
const LONGEST_STOP_MS = 9_500;
const LAST_WORDS_MS = 300;

/** Runs until a signal stops it; returns the exit code. Throws what stops the start. */
export async function serve(flags: Partial<Record<SettingName, string>>): Promise<number> {
  boundHeapGrowth();
  trimHeapAtRest();
  const secrets = takeSecrets(process.env);
  wipeFromEnviron(Object.keys(secrets));
  const load = () => loadSettings({ env: { ...process.env, ...secrets }, flags });
  const settings = load();
  const vaultKey = readVaultKey(secrets, settings.home);
  const { log, logs } = logOf(settings);

  const life = new Life(log);
  // Handlers first: a signal that comes while the daemon starts must not kill it half-way.
  const started = Promise.withResolvers<Daemon>();
  life.listen(createReload({
    ...{ running: settings, load, log },
    // One that is asked for while it starts is done once it has.
    retune: async (next) => await (await started.promise).retune(next),
    tell: async (reloaded) => (await started.promise).tellReload(reloaded),
  }));
  const { startDaemon } = await import("../../server/daemon.ts");
  const daemon = await startDaemon({
    settings,
    version: VERSION,
    log,
    logs,
    childEnv: childEnvironment(process.env, [
      settings.auth_token,
      settings.storePassword ?? "",
      vaultKey?.text ?? "",
    ]),
    vaultKey,
    panel: async () => (await import("../panel/load.ts")).loadPanel(),
    conformanceFixtures: process.env.OPCODE_CONFORMANCE_FIXTURES === "1",
    onFatal: (error) => life.die("the store cannot go on", error),
  }).catch((error) => {
    endSoon(1);
    throw error;
  });
  started.resolve(life.daemon = daemon);
  const { tellOfLackingGuards } = await import("../../server/lacking-guards.ts");
  tellOfLackingGuards(settings, log).catch((error) => life.die("isolation", error));
  const { tellOfUnknownLimits } = await import("../../server/unknown-limits.ts");
  tellOfUnknownLimits(settings, daemon.opcode, log).catch((error) => {
    log.warn("limits were not compared with the workflows that there are", {
      error: String(error),
    });
  });
  await life.stopRequested;
  await daemon.close();
  life.ended();
  endSoon(0);
  return 0;
}

/** Where the daemon's log goes: to standard error, and to those who ask for it. */
function logOf(settings: Settings) {
  const logs = new LogRing();
  const log = createLogger({
    level: settings.log_level,
    // Lines of JSON for whatever collects them, readable ones for a person.
    write(line, level, at) {
      logs.add(line, level, at);
      process.stderr.write(process.stderr.isTTY ? readableLine(line) : line);
    },
  });
  // Whoever reads the log may go away; the daemon stays.
  outliveReader();
  process.stderr.on("error", () => {});
  return { log, logs };
}

/** Whatever is still open after that is of no use any more. */
function endSoon(code: number): void {
  setTimeout(() => process.exit(code), LAST_WORDS_MS).unref();
}

/** How this process ends: by a signal when all is stopped, or at once when something is wrong. */
class Life {
  readonly #log: Logger;
  readonly #stop = Promise.withResolvers<void>();
  #forced: NodeJS.Timeout | undefined;
  /** Once it has started. */
  daemon: Daemon | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Resolves when a signal asks for the stop. */
  get stopRequested(): Promise<void> {
    return this.#stop.promise;
  }

  /** Minds signals, and what nobody has caught, from now on. */
  listen(reload: () => void): void {
    process.on("uncaughtException", (error) => this.die("uncaught exception", error));
    process.on("unhandledRejection", (error) => this.die("unhandled rejection", error));
    listenToSignals({
      stop: (signal) => {
        this.#log.info("signal", { signal });
        const late = () => this.die("the stop did not end in time", "forced");
        // Also while it starts: what is stored does not mind an end at any moment.
        this.#forced = setTimeout(late, LONGEST_STOP_MS);
        this.#forced.unref();
        this.#stop.resolve();
      },
      force: (signal) => {
        this.#log.error("forced to stop by a second signal", { signal });
        // As shells say it: what somebody asked for is no failure to start again after.
        this.#leave(128 + constants.signals[signal]);
      },
      reload,
    });
  }

  die(why: string, error: unknown): void {
    this.#log.error(why, {
      error: error instanceof Error ? error.stack ?? error.message : String(error),
    });
    this.#leave(1);
  }

  #leave(code: number): void {
    this.daemon?.abandon();
    process.exit(code);
  }

  /** The stop has ended in time. */
  ended(): void {
    clearTimeout(this.#forced);
  }
}
