// What SIGHUP changes: some settings at once, all or none of them; every other that differs is named and waits for a restart.

import type { Level, Logger } from "../core/log.ts";
import { SETTING_NAMES, type SettingName } from "./settings/keys.ts";
import { LIVE_SETTINGS } from "./settings/live.ts";
import { loadSettings, type Settings } from "./settings/load.ts";

/** What came of reading the settings again. */
export interface Reloaded {
  /** When the reading began, epoch ms: what was written before is in it. */
  at: number;
  /** Why nothing was changed, a line for each fault; absent: the rest says what was. */
  error?: string;
  /** What has taken effect. */
  changed: SettingName[];
  /** What differs from what the daemon runs with, and waits for its restart. */
  restart: (SettingName | "agents")[];
  /** What settings.json says in vain, with the flag or variable of the daemon that counts instead. */
  pinned: { setting: SettingName; place: string }[];
  /** What is odd about the settings. */
  warnings: string[];
}

export interface ReloadOptions {
  /** What the daemon runs with; changed in place where a change takes effect. */
  running: Settings;
  load: () => ReturnType<typeof loadSettings>;
  /** Lets the settings take effect that are not asked for each time: all of them or, when it rejects, none. */
  retune: (next: Settings) => Promise<void>;
  /** Hears what came of each reload. */
  tell: (reloaded: Reloaded) => Promise<void>;
  log: Logger & { level: Level };
}

/**
 * Returns a function that reads the settings again; who calls it while that is done has it done once
 * more afterwards. It never rejects: settings that cannot be read change nothing.
 */
export function createReload(options: ReloadOptions): () => Promise<void> {
  let last = Promise.resolve();
  return () => last = last.then(() => reload(options));
}

async function reload({ running, load, retune, tell, log }: ReloadOptions): Promise<void> {
  const at = Date.now();
  let reloaded: Reloaded;
  try {
    const next = load();
    const changed = LIVE_SETTINGS.filter((name) => differs(name, next, running));
    await retune(next);
    log.level = next.log_level;
    const live = Object.fromEntries(LIVE_SETTINGS.map((name) => [name, next[name]]));
    Object.assign(running, live);
    for (const name of LIVE_SETTINGS) running.sources[name] = next.sources[name];
    reloaded = {
      at,
      changed,
      // Compared with what runs, not with the last reading: they are named until the restart.
      restart: ([...SETTING_NAMES, "agents"] as const)
        .filter((name) => differs(name, next, running)),
      pinned: next.masked.map((setting) => ({ setting, place: next.sources[setting] })),
      warnings: next.warnings,
    };
  } catch (error) {
    const { message } = error as Error;
    reloaded = { at, error: message, changed: [], restart: [], pinned: [], warnings: [] };
  }
  write(reloaded, running, log);
  try {
    await tell(reloaded);
  } catch (error) {
    log.warn("what came of the reload is told here alone", { error: (error as Error).message });
  }
}

function differs(name: SettingName | "agents", one: Settings, other: Settings): boolean {
  return JSON.stringify(one[name]) !== JSON.stringify(other[name]);
}

function write(reloaded: Reloaded, { log_level, panel }: Settings, log: Logger): void {
  const { error, changed, restart, pinned, warnings } = reloaded;
  if (error !== undefined) return log.error("settings not reloaded", { error });
  for (const warning of warnings) log.warn(warning);
  if (restart.length > 0) log.warn("settings that need a restart", { settings: restart });
  // Who edits the file and asks for a reload would wait for its effect in vain.
  for (const { setting, place } of pinned) {
    log.info("the settings file cannot change this", { setting, place });
  }
  log.info("settings reloaded", { log_level, panel, changed });
}
