// What SIGHUP changes: the log level and the panel at once; everything else is named and waits for a restart.

import type { Level, Logger } from "../core/log.ts";
import { SETTING_NAMES } from "./settings/keys.ts";
import { loadSettings, type Settings } from "./settings/load.ts";

const AT_ONCE = ["log_level", "panel"] as const;

/** Whether the value comes from a flag or a variable, which the file does not beat. */
function isPinned(place: string): boolean {
  return place.startsWith("--") || /^[A-Z]/.test(place);
}

/**
 * Returns a function that reads the settings again. `running` is what the daemon runs with; it is
 * changed in place where a change takes effect. Unreadable settings change nothing.
 */
export function createReload(
  options: {
    running: Settings;
    load: () => ReturnType<typeof loadSettings>;
    log: Logger & { level: Level };
  },
): () => void {
  const { running, log } = options;
  return () => {
    let next: Settings;
    try {
      next = options.load();
    } catch (error) {
      log.error("settings not reloaded", { error: (error as Error).message });
      return;
    }
    for (const warning of next.warnings) log.warn(warning);
    running.log_level = log.level = next.log_level;
    running.panel = next.panel;
    // Compared with what runs, not with the last reading: the warning stays until the restart.
    const waiting = ([...SETTING_NAMES, "agents"] as const)
      .filter((name) => JSON.stringify(next[name]) !== JSON.stringify(running[name]));
    if (waiting.length > 0) log.warn("settings that need a restart", { settings: waiting });
    // Who edits the file and asks for a reload would wait for its effect in vain.
    for (const name of AT_ONCE) {
      const place = next.sources[name];
      if (isPinned(place)) {
        log.info("the settings file cannot change this", { setting: name, place });
      }
    }
    log.info("settings reloaded", { log_level: next.log_level, panel: next.panel });
  };
}
