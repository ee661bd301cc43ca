// What `opcode stop` does: ends the daemon of this data directory, and waits until it has gone.

import { STEPS_MS } from "../../engine/stop.ts";
import { homeOf } from "../../server/settings/load.ts";
import { createContext } from "../context.ts";
import { hint } from "../hint.ts";
import { endDaemon, ownDaemon, PROOF_MS, refuseUrl } from "../own-daemon.ts";
import { printJson, printLine, printNote } from "../print.ts";

/**
 * Returns 0 once there is none, also when there was none. Only a process that proves to be the
 * daemon of the data directory gets the signal: its number may be another's by now.
 */
export async function stop(flags: { json: boolean; url?: string | undefined }): Promise<number> {
  refuseUrl("stop", flags.url);
  const home = homeOf(process.env);
  const found = await ownDaemon(home);
  const tell = (stopped: boolean, text: string, pid?: number) => {
    if (flags.json) printJson({ stopped, home, ...(pid !== undefined && { pid }) });
    else printLine(text);
    return 0;
  };
  if (found.state === "none") return tell(false, `no daemon runs for ${home}`);
  if (found.state === "ended") {
    return tell(true, `the daemon of ${home} (process ${found.pid}) has ended`, found.pid);
  }
  const { pid } = found.daemon;
  // Asked again it would end at once.
  const cut = flags.json ? undefined : watchCutRuns();
  if (!flags.json) {
    printNote(
      `stopping the daemon of ${home} (process ${pid}): steps under way have ` +
        `${STEPS_MS / 1_000} s to end`,
    );
  }
  await cut?.begun;
  await endDaemon(found.daemon);
  const runs = cut?.end() ?? 0;
  tell(true, `stopped the daemon of ${home} (process ${pid})`, pid);
  if (runs > 0) {
    const whom = runs === 1
      ? "1 run was interrupted and waits"
      : `${runs} runs were interrupted and wait`;
    printNote(`${whom} for an answer; after the next start this lists what waits:`);
    printNote(`  ${hint("status")}`);
  }
  return 0;
}

/** Counts the runs that say, while the daemon stops, that a step of theirs was cut short. */
function watchCutRuns() {
  const gone = new AbortController();
  const runs = new Set<string>();
  const begun = Promise.withResolvers<void>();
  // Nobody is kept from stopping a daemon that does not tell.
  const timer = setTimeout(begun.resolve, PROOF_MS);
  void (async () => {
    const { client } = createContext({});
    const from = { signal: gone.signal, after: "now" as const, open: begun.resolve };
    for await (const { event_type, workflow_id } of client.follow(undefined, from)) {
      if (event_type === "workflow_interrupted") runs.add(workflow_id);
    }
  })().catch(() => {}).finally(begun.resolve);
  return {
    begun: begun.promise.finally(() => clearTimeout(timer)),
    end: () => {
      gone.abort();
      return runs.size;
    },
  };
}
