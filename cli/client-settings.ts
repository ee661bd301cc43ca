// What a command that only asks a daemon needs of the settings: the data directory and a token.

import { readDaemonFile } from "../server/home-files.ts";
import { type ClientToken, clientToken, readAgentToken } from "../server/settings/agent-token.ts";
import { homeOf, loadAuthToken, loadSettings, type Settings } from "../server/settings/load.ts";
import { printNote } from "./print.ts";

export interface ClientSettings {
  /** The data directory, absolute. */
  home: string;
  carried: ClientToken;
  /** Undefined where they have a fault. */
  settings: Settings | undefined;
}

let warned = false;

/**
 * A fault of the settings, which concerns the next start, keeps nobody from a daemon that runs or that a
 * URL names (`named`): without a URL a line on standard error says it, once. It is thrown, as by
 * loadSettings, where there is no daemon to ask, and where the token that was given cannot be read.
 */
export function clientSettings(
  env: Partial<Record<string, string>>,
  { named }: { named: boolean },
): ClientSettings {
  // Whoever has such a token asks with it or not at all.
  readAgentToken(env);
  const home = homeOf(env);
  try {
    const settings = loadSettings({ env });
    return { home, settings, carried: clientToken(env, settings) };
  } catch (error) {
    if (!named) {
      if (readDaemonFile(home) === undefined) throw error;
      const [first, ...more] = (error as Error).message.split("\n");
      const rest = more.length === 0 ? "" : ` (and ${more.length} more)`;
      if (!warned) {
        printNote(
          `warning: ${first}${rest}; the daemon that runs is asked all the same, a new one would not start`,
        );
      }
      warned = true;
    }
    return { home, settings: undefined, carried: clientToken(env, loadAuthToken(env)) };
  }
}
