// How a daemon is told to read its settings again, and how that is told to people.

import { setTimeout as delay } from "node:timers/promises";
import { OpcodeError } from "../core/errors.ts";
import { type DaemonFile, readDaemonFile } from "../server/home-files.ts";
import type { Reloaded } from "../server/reload.ts";
import { hint } from "./hint.ts";
import { POLL_MS } from "./own-daemon.ts";
import { printLine, printNote } from "./print.ts";

/** A daemon that starts reads its settings again once it has. */
const PATIENCE_MS = 35_000;

/**
 * Signals a daemon that has just proved itself, and waits until it has said what came of it. Throws
 * VALIDATION_ERROR with the faults of settings that it could not take: it goes on with those it has.
 */
export async function reloadDaemon(home: string, { pid, version }: DaemonFile): Promise<Reloaded> {
  const asked = Date.now();
  process.kill(pid, "SIGHUP");
  for (const until = asked + PATIENCE_MS; Date.now() < until; await delay(POLL_MS)) {
    const file = readDaemonFile(home);
    if (file?.pid !== pid) {
      throw new OpcodeError("EXECUTION_ERROR", `the daemon of ${home} (process ${pid}) has ended`);
    }
    const { reload } = file;
    if (reload === undefined || reload.at < asked) continue;
    if (reload.error === undefined) return reload;
    throw new OpcodeError(
      "VALIDATION_ERROR",
      `the daemon (process ${pid}) goes on with the settings it has: ${reload.error}`,
    );
  }
  throw new OpcodeError(
    "EXECUTION_ERROR",
    `the daemon (process ${pid}, ${version}) was told to read its settings again and has not said ` +
      "what came of it: its log does",
  );
}

export function tellReloaded(
  { changed, restart, pinned, warnings }: Reloaded,
  { home, pid }: { home: string; pid: number },
): void {
  printLine(`the daemon of ${home} (process ${pid}) has read its settings again`);
  printLine(
    changed.length === 0 ? "nothing has changed at once" : `changed at once: ${changed.join(", ")}`,
  );
  if (restart.length > 0) {
    printLine(`after a restart: ${restart.join(", ")} (${hint("service", "restart")})`);
  }
  for (const { setting, place } of pinned) {
    printNote(`${setting}: ${place} of the daemon counts, not settings.json`);
  }
  for (const warning of warnings) printNote(`warning: ${warning}`);
}
