// What `opcode update` does: puts another release in the place of this one, or leaves all as it was.

import { existsSync } from "node:fs";
import { readDaemonFile } from "../../server/home-files.ts";
import { homeOf } from "../../server/settings/load.ts";
import { hint } from "../hint.ts";
import { printJson, printLine, printNote } from "../print.ts";
import { compareReleases, releaseOf } from "../release/order.ts";
import { RELEASE_KEYS } from "../release/keys.ts";
import { ownExecutable } from "../update/executable.ts";
import { findRelease } from "../update/find-release.ts";
import { finish, type Outcome, recover } from "../update/finish.ts";
import { finishApart } from "../update/apart.ts";
import { keeperOf, runsUnder } from "../update/keeper.ts";
import { prepare, removeOlderSnapshots, stagePrevious } from "../update/prepare.ts";
import { archiveFor, fetchBinary, versionIn } from "../update/stage.ts";
import {
  endLeft,
  giveWorkplace,
  type Journal,
  leaveWorkplace,
  readJournal,
  takeWorkplace,
  type Workplace,
  workplaceOf,
} from "../update/workplace.ts";
import { UsageError } from "../usage-error.ts";
import { VERSION } from "../version.ts";

export interface UpdateFlags {
  json?: boolean;
  check?: boolean;
  rollback?: boolean;
  version?: string;
  /** Of the process that ends what another has prepared. */
  finish?: boolean;
}

export async function update(flags: UpdateFlags): Promise<number> {
  const { env } = process;
  const together = [flags.check, flags.rollback, flags.finish].filter(Boolean).length;
  if (together > 1 || (flags.rollback && flags.version !== undefined)) {
    throw new UsageError("update: --check, --rollback and --version are not for one another");
  }
  if (flags.check) return await check(flags, env);
  const place = workplaceOf(ownExecutable());
  if (flags.finish) return await finishHere(place, env);
  await endLeft(place, (journal) => endFound(place, journal, env));
  const source = flags.rollback ? rollbackSource(place) : await releaseSource(flags, env);
  if (source === undefined) return 0;
  takeWorkplace(place);
  const { to } = source;
  const { journal, restart } = await prepared(place, { source, env });
  printNote(`${to} could run what is here${restart ? ": the service starts again with it" : ""}`);
  const outcome = await finishApart(
    place,
    async () => await recover({ place, journal, keeper: await keeperOf(journal.home), env }),
    (pid) => giveWorkplace(place, pid),
  );
  return tell(flags, outcome, journal);
}

interface Source {
  to: string;
  /** Writes the file where the workplace has it. */
  stage(place: Workplace): Promise<void>;
}

/** Undefined, said so, when there is nothing to do. */
async function releaseSource(flags: UpdateFlags, env: NodeJS.ProcessEnv) {
  const manifest = await findRelease({ env, version: flags.version, keys: RELEASE_KEYS });
  archiveFor(manifest);
  if (!isLater(manifest.version, flags)) {
    const why = `${VERSION} is the latest release there is`;
    if (flags.json) printJson({ updated: false, version: VERSION, reason: why });
    else printLine(why);
    return;
  }
  printNote(`fetching ${manifest.version} (this is ${VERSION})`);
  const stage = (place: Workplace) => fetchBinary(env, manifest, place.staged);
  return { to: manifest.version, stage } satisfies Source;
}

function rollbackSource(place: Workplace): Source {
  const to = existsSync(place.previous) ? versionIn(place.previous) : undefined;
  if (to === undefined) {
    throw new Error(`there is no version of before beside ${place.executable}`);
  }
  return { to, stage: async (at) => stagePrevious(at) };
}

/** What was asked for by its name is taken in any case, older or not. */
function isLater(version: string, { version: asked }: UpdateFlags): boolean {
  if (version === VERSION) return false;
  if (asked !== undefined) return true;
  const [found, own] = [releaseOf(version), releaseOf(VERSION)];
  if (found === undefined) {
    throw new Error(`the latest release has no version that could be compared: ${version}`);
  }
  return own === undefined || compareReleases(found, own) > 0;
}

async function check(flags: UpdateFlags, env: NodeJS.ProcessEnv): Promise<number> {
  const { version } = await findRelease({ env, version: flags.version, keys: RELEASE_KEYS });
  const available = isLater(version, flags);
  if (flags.json) printJson({ version: VERSION, release: version, update_available: available });
  else if (available) printLine(`${version} is there (this is ${VERSION}): ${hint("update")}`);
  else printLine(`${VERSION} is the latest release there is`);
  return 0;
}

async function prepared(
  place: Workplace,
  { source, env }: { source: Source; env: NodeJS.ProcessEnv },
): Promise<{ journal: Journal; restart: boolean }> {
  try {
    await source.stage(place);
    const restart = await runsUnder(homeOf(env));
    return { journal: await prepare({ place, to: source.to, restart, env }), restart };
  } catch (error) {
    leaveWorkplace(place);
    throw error;
  }
}

/** The work of the process apart: its outcome as JSON. */
async function finishHere(place: Workplace, env: NodeJS.ProcessEnv): Promise<number> {
  const journal = readJournal(place);
  if (journal === undefined) throw new UsageError("update: no update is under way");
  const keeper = await keeperOf(journal.home);
  printJson(await finish({ place, journal, keeper, env }));
  return 0;
}

/** Of an update that was killed: it is ended before another begins. */
async function endFound(place: Workplace, journal: Journal, env: NodeJS.ProcessEnv) {
  printNote(`an update from ${journal.from} to ${journal.to} was killed: ending it first`);
  const keeper = await keeperOf(journal.home);
  const { version } = await recover({ place, journal, keeper, env });
  if (version !== VERSION) {
    throw new Error(`it ended with ${version} in its place: ${hint("update")} goes on from there`);
  }
}

function tell(flags: UpdateFlags, outcome: Outcome, { from, to, home, snapshot }: Journal): number {
  const { updated, reason, aside } = outcome;
  if (updated) removeOlderSnapshots(home, snapshot);
  const still = updated ? readDaemonFile(home) : undefined;
  const isOld = still !== undefined && still.version !== to;
  if (flags.json) {
    printJson({ ...outcome, from, to, snapshot: updated ? snapshot : null, restart_needed: isOld });
    return updated ? 0 : 1;
  }
  if (!updated) {
    printNote(`${to} was not kept, ${from} is back: ${reason}`);
    if (aside) printNote(`what ${to} made of the data is ${aside}`);
    return 1;
  }
  printLine(`updated ${from} to ${to}`);
  printNote(`back again: ${hint("update", "--rollback")}`);
  if (snapshot !== null) printNote(`the data of before are kept as ${snapshot}`);
  if (isOld) {
    printNote(
      `the daemon (process ${still.pid}) still runs ${still.version}: stop and start it yourself, ` +
        "it runs as no service",
    );
  }
  return 0;
}
