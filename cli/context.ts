// What every command that talks to a daemon shares: who asks, which daemon, how to print.

import { readDaemonFile } from "../server/home-files.ts";
import { parseListenAddr, urlOf } from "../server/address.ts";
import { homeOf, loadSettings } from "../server/settings/load.ts";
import { type Client, createClient } from "./client.ts";
import { UsageError } from "./usage-error.ts";

export interface GlobalFlags {
  json?: boolean;
  url?: string;
  agent: string;
}

export interface CliContext {
  agent: string;
  json: boolean;
  client: Client;
}

/**
 * Finds the daemon: `--url`, OPCODE_URL, the one whose daemon.json stands in the data directory, or
 * the address in the settings.
 */
export function createContext(flags: GlobalFlags): CliContext {
  const { env } = process;
  const settings = loadSettings({ env });
  const address = parseListenAddr(settings.listen_addr)!;
  const url = flags.url || env.OPCODE_URL || readDaemonFile(homeOf(env))?.url ||
    urlOf(address.host, address.port);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new UsageError(`--url: must be an http:// or https:// URL, got "${url}"`);
  }
  return {
    agent: flags.agent,
    json: flags.json === true,
    client: createClient({ url: url.replace(/\/+$/, ""), token: settings.auth_token }),
  };
}
