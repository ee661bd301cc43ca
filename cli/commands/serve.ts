// How this process becomes the daemon: settings, logger, signals, and the exit code.

import { createLogger } from "../../core/log.ts";
import { LogRing } from "../../server/log-ring.ts";
import { trimHeapAtRest } from "../../server/heap.ts";
import { createReload } from "../../server/reload.ts";
import type { SettingName } from "../../server/settings/keys.ts";
import { childEnvironment, takeSecrets } from "../../server/settings/environment.ts";
import { loadSettings } from "../../server/settings/load.ts";
import { readVaultKey } from "../../server/settings/vault-key.ts";
import type { Daemon } from "../../server/daemon.ts";
import { outliveReader } from "../closed-pipes.ts";
import { readableLine } from "../log-line.ts";
import { listenToSignals } from "../stop-signals.ts";
import { VERSION } from "../version.ts";

/** How long a graceful stop may take in all, and what may be left of the process after it, ms. */
const LONGEST_STOP_MS = 9_500;
const LAST_WORDS_MS = 300;

/** Runs until a signal stops it; answers the exit code. Throws what stops the start. */
export async function serve(flags: Partial<Record<SettingName, string>>): Promise<number> {
  trimHeapAtRest();
  const secrets = takeSecrets(process.env);
  const load = () => loadSettings({ env: { ...process.env, ...secrets }, flags });
  const settings = load();
  const vaultKey = readVaultKey(secrets);
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
  if (settings.panel) log.warn("panel is ignored: there is no panel yet");

  let daemon: Daemon | undefined = undefined;
  const die = (why: string, error: unknown) => {
    log.error(why, {
      error: error instanceof Error ? error.stack ?? error.message : String(error),
    });
    daemon?.abandon();
    process.exit(1);
  };
  process.on("uncaughtException", (error) => die("uncaught exception", error));
  process.on("unhandledRejection", (error) => die("unhandled rejection", error));

  // Handlers first: a signal that comes while the daemon starts must not kill it half-way.
  let forced: NodeJS.Timeout | undefined = undefined;
  const stopRequested = Promise.withResolvers<void>();
  listenToSignals({
    stop(signal) {
      log.info("signal", { signal });
      // Also while it starts: what is stored does not mind an end at any moment.
      forced = setTimeout(() => die("the stop did not end in time", "forced"), LONGEST_STOP_MS);
      forced.unref();
      stopRequested.resolve();
    },
    force(signal) {
      log.error("forced to stop by a second signal", { signal });
      daemon?.abandon();
      process.exit(1);
    },
    reload: createReload({ running: settings, load, log }),
  });

  const { startDaemon } = await import("../../server/daemon.ts");
  // Whatever is still open after that is of no use any more.
  const endSoon = (code: number) =>
    void setTimeout(() => process.exit(code), LAST_WORDS_MS).unref();
  daemon = await startDaemon({
    settings,
    version: VERSION,
    log,
    logs,
    childEnv: childEnvironment(process.env, [settings.auth_token, vaultKey?.text ?? ""]),
    vaultKey,
    conformanceFixtures: process.env.OPCODE_CONFORMANCE_FIXTURES === "1",
    onFatal: (error) => die("the store cannot go on", error),
  }).catch((error) => {
    endSoon(1);
    throw error;
  });
  await stopRequested.promise;
  await daemon.close();
  clearTimeout(forced);
  endSoon(0);
  return 0;
}
