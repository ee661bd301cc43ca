// What every command that talks to a daemon shares: who asks, which daemon, how to print.

import { COMMAND_LINE } from "../engine/store/new-agent.ts";
import { readDaemonFile } from "../server/home-files.ts";
import { isAgentToken } from "../server/callers.ts";
import { type Client, type ClientOptions, createClient, NoDaemon, NotReached } from "./client.ts";
import { clientSettings } from "./client-settings.ts";
import { hint } from "./hint.ts";
import { UsageError } from "./usage-error.ts";

/** Who asks when nobody says so. */
export const DEFAULT_AGENT = COMMAND_LINE;

export interface GlobalFlags {
  json?: boolean;
  url?: string;
  /** Undefined: nobody was named. */
  agent?: string;
}

export interface CliContext {
  /** Says who asks; empty for who has an agent's token, which says so itself. */
  signature: { agent_id?: string };
  /** Who was named as asking; undefined: nobody was. */
  named?: string | undefined;
  json: boolean;
  client: Client;
}

/**
 * Finds the daemon: `--url`, OPCODE_URL, or the one whose daemon.json stands in the data directory.
 * Whoever names a URL vouches for what listens there; of all others only the daemon that proves to
 * have written daemon.json is asked, whoever else listens where the settings would have it.
 */
export function createContext(flags: GlobalFlags): CliContext {
  const { env } = process;
  const named = flags.url || env.OPCODE_URL;
  const { home, carried: { token, from: tokenFrom } } = clientSettings(env, { named: !!named });
  const whose = named ? { url: named, named: true } : ownDaemon(home);
  const options = { ...whose, token, tokenFrom };
  const { url } = options;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new UsageError(`--url: must be an http:// or https:// URL, got "${url}"`);
  }
  return {
    signature: isAgentToken(token) && flags.agent === undefined
      ? {}
      : { agent_id: flags.agent ?? DEFAULT_AGENT },
    named: flags.agent,
    json: flags.json === true,
    client: createClient({ ...options, url: url.replace(/\/+$/, "") }),
  };
}

function ownDaemon(home: string): Omit<ClientOptions, "token" | "tokenFrom"> {
  const file = readDaemonFile(home);
  const absent = `no daemon runs for ${home}: start it with "${hint("serve")}", or name another ` +
    "with --url or OPCODE_URL";
  if (file === undefined) return { url: "http://no.daemon", refusal: new NoDaemon(absent) };
  const { url, key } = file;
  if (key !== undefined) return { url, daemon: { ...file, key }, absent };
  return {
    url,
    refusal: new NotReached(
      `the daemon at ${url} is of an older version and cannot prove that it is yours: restart it, ` +
        "or vouch for it with --url or OPCODE_URL",
    ),
  };
}
