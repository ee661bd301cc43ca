// Which flags of the daemon npm kept for itself, because no `--` stood before them.

import { flagName, SETTING_NAMES } from "../server/settings/keys.ts";

/** The line to say about `npm start --listen-addr :0`; undefined where npm kept nothing. */
export function keptByNpm(env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (env.npm_lifecycle_event !== "start") return undefined;
  const kept = SETTING_NAMES.map(flagName).filter((flag) =>
    env[`npm_config_${flag.slice(2).replaceAll("-", "_")}`] !== undefined
  );
  if (kept.length === 0) return undefined;
  return `npm took ${kept.join(", ")} for itself: flags of the daemon stand behind --, as in ` +
    `npm start -- ${kept[0]} VALUE`;
}
