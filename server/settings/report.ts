// How settings are shown: each value, where it comes from and what it may be, and of a token only whether there is one.

import { SETTING_KEYS, SETTING_NAMES, type SettingName, shownValue } from "./keys.ts";
import type { Settings } from "./load.ts";

export interface SettingReport {
  name: SettingName;
  value: Settings[SettingName];
  /** A flag, an environment variable, a file's path, or `default`. */
  from: string;
  /** What a value may be, as the end of "must be …". */
  rule: string;
  /** What the number counts, where it is none of things. */
  unit?: "bytes";
}

export function settingReports(settings: Settings): SettingReport[] {
  return SETTING_NAMES.map((name) => {
    const { rule, unit } = SETTING_KEYS[name];
    return {
      name,
      value: shownValue(name, settings[name]) as Settings[SettingName],
      from: settings.sources[name],
      rule,
      ...(unit && { unit }),
    };
  });
}
