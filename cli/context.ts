// What every command that talks to a daemon shares: who asks, which daemon, how to print.

import { readDaemonFile } from "../server/home-files.ts";
import { parseListenAddr, urlOf } from "../server/address.ts";
import { isAgentToken } from "../server/callers.ts";
import { readAgentToken } from "../server/settings/agent-token.ts";
import { loadSettings, type Settings } from "../server/settings/load.ts";
import { type Client, type ClientOptions, createClient } from "./client.ts";
import { UsageError } from "./usage-error.ts";

/** Who asks when nobody says so. */
export const DEFAULT_AGENT = "cli";

export interface GlobalFlags {
  json?: boolean;
  url?: string;
  agent: string;
}

export interface CliContext {
  /** Says who asks; empty for who has an agent's token, which says so itself. */
  signature: { agent_id?: string };
  json: boolean;
  client: Client;
}

/**
 * Finds the daemon: `--url`, OPCODE_URL, the one whose daemon.json stands in the data directory, or
 * the address in the settings. Whoever names a URL vouches for what listens there; else the token
 * goes only to the daemon that proves to have written daemon.json.
 */
export function createContext(flags: GlobalFlags): CliContext {
  const { env } = process;
  const settings = loadSettings({ env });
  const token = readAgentToken(env) ?? settings.auth_token;
  const named = flags.url || env.OPCODE_URL;
  const options = named ? { url: named, token } : { ...ownDaemon(settings), token };
  const { url } = options;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new UsageError(`--url: must be an http:// or https:// URL, got "${url}"`);
  }
  return {
    signature: isAgentToken(token) && flags.agent === DEFAULT_AGENT
      ? {}
      : { agent_id: flags.agent },
    json: flags.json === true,
    client: createClient({ ...options, url: url.replace(/\/+$/, "") }),
  };
}

function ownDaemon({ home, listen_addr }: Settings): Omit<ClientOptions, "token"> {
  const file = readDaemonFile(home);
  if (file?.key !== undefined) return { url: file.url, daemon: { ...file, key: file.key } };
  const address = parseListenAddr(listen_addr)!;
  const url = file?.url ?? urlOf(address.host, address.port);
  const why = file
    ? `the daemon at ${url} is of an older version and cannot prove that it is yours: restart it`
    : `something answers at ${url}, but no daemon of ${home} is known (daemon.json)`;
  const vouch = "the token was not sent; --url (or OPCODE_URL) vouches for what listens there";
  return { url, withhold: `${why}; ${vouch}` };
}
