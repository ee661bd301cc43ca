// Who prunes or backs up: the daemon that is named or runs here, else this process, in the database itself.

import { readDaemonFile } from "../server/home-files.ts";
import { homeOf, loadSettings, type Settings } from "../server/settings/load.ts";
import { type Client, NoDaemon } from "./client.ts";
import { createContext, type GlobalFlags } from "./context.ts";

/** As with secrets, a daemon that only listens where the settings would have one is not taken. */
export async function daemonOrDatabase<T>(
  flags: GlobalFlags,
  work: {
    daemon(client: Client): Promise<T>;
    database(settings: Settings): Promise<T>;
  },
): Promise<T> {
  const { env } = process;
  const named = flags.url || env.OPCODE_URL;
  if (named || readDaemonFile(homeOf(env))) {
    try {
      return await work.daemon(createContext(flags).client);
    } catch (error) {
      if (named || !(error instanceof NoDaemon)) throw error;
    }
  }
  return await work.database(loadSettings({ env }));
}
