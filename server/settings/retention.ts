// What the settings say of how long ended runs are kept.

import { parseAge } from "../../core/duration.ts";
import type { RetentionPolicy } from "../../engine/retention/policy.ts";
import type { SettingValues } from "./keys.ts";

type Kept = Pick<
  SettingValues,
  "retention.terminal" | "retention.max_runs" | "retention.events" | "retention.fires"
>;

export function retentionOf(settings: Kept): RetentionPolicy {
  const msOf = (text: string) => text === "off" ? null : parseAge(text);
  return {
    terminalMs: msOf(settings["retention.terminal"]),
    eventsMs: msOf(settings["retention.events"]),
    firesMs: msOf(settings["retention.fires"]),
    maxRuns: settings["retention.max_runs"] || null,
  };
}
