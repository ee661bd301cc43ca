// What `opcode reload` does: has the daemon of this data directory read its settings again, and tells what came of it.

import { homeOf } from "../../server/settings/load.ts";
import { NoDaemon } from "../client.ts";
import { hint } from "../hint.ts";
import { ownDaemon, refuseUrl } from "../own-daemon.ts";
import { printJson } from "../print.ts";
import { reloadDaemon, tellReloaded } from "../reloaded.ts";

/** Throws NoDaemon where none runs, and what `reloadDaemon` does. */
export async function reload(flags: { json: boolean; url?: string | undefined }): Promise<number> {
  refuseUrl("reload", flags.url);
  const home = homeOf(process.env);
  const found = await ownDaemon(home);
  if (found.state !== "there") {
    throw new NoDaemon(`no daemon runs for ${home}: start it with "${hint("serve")}"`);
  }
  const { pid } = found.daemon;
  const reloaded = await reloadDaemon(home, found.daemon);
  if (flags.json) {
    const { changed, restart, pinned, warnings } = reloaded;
    printJson({ reloaded: true, home, pid, changed, restart, pinned, warnings });
  } else tellReloaded(reloaded, { home, pid });
  return 0;
}
