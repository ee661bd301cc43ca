// How an update that is prepared comes to its end: the new version answers, or the old one does again.
//
// What is done is told by the files themselves: before the swap the executable says the old version,
// after it the new one. Whoever finds the journal of one that was killed ends it from there.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { OpcodeError } from "../../core/errors.ts";
import { manifestPath } from "../../engine/backup/manifest.ts";
import { restore } from "../../engine/backup/restore.ts";
import { storePlace } from "../../engine/store/open.ts";
import { BACKUPS_DIRECTORY } from "../../server/last-backup.ts";
import { loadSettings } from "../../server/settings/load.ts";
import { underLock, withDatabase } from "../database.ts";
import { backupHere } from "../snapshot.ts";
import { becomesHealthy, type Keeper } from "./daemon.ts";
import { versionIn } from "./stage.ts";
import { putBack, putInPlace } from "./swap.ts";
import { type Journal, leaveWorkplace, type Workplace, writeJournal } from "./workplace.ts";

export interface Finishing {
  place: Workplace;
  journal: Journal;
  keeper: Keeper;
  env: NodeJS.ProcessEnv;
}

/** What came of it. `daemon`: whether one of that version answers now; undefined: none was to. */
export interface Outcome {
  version: string;
  updated: boolean;
  /** Why the old version is back. */
  reason?: string;
  /** Where the data of the failed version are, when those of before were put back. */
  aside?: string | null;
}

/** Stops the daemon, swaps, and starts it again; the workplace is gone afterwards. */
export async function finish(finishing: Finishing): Promise<Outcome> {
  const { place, journal, keeper } = finishing;
  try {
    if (journal.restart) await keeper.stop();
    if (changesLayout(journal)) await renewSnapshot(finishing);
    putInPlace(place);
  } catch (error) {
    if (journal.restart) await keeper.start().catch(() => {});
    leave(finishing, { keepSnapshot: false });
    throw error;
  }
  return await settle(finishing);
}

/** Ends an update that was killed, whichever step it had come to. */
export async function recover(finishing: Finishing): Promise<Outcome> {
  const { place, journal, keeper } = finishing;
  if (versionIn(place.executable) === journal.to) return await settle(finishing);
  if (journal.restart) await keeper.start();
  leave(finishing, { keepSnapshot: false });
  return { version: journal.from, updated: false, reason: "the update was killed before its end" };
}

/** Of a file that is in place: its daemon answers, or all is as it was before. */
async function settle(finishing: Finishing): Promise<Outcome> {
  const { journal, keeper } = finishing;
  const { restart, home, from, to } = journal;
  if (!restart) {
    leave(finishing, { keepSnapshot: true });
    return { version: to, updated: true };
  }
  const fault = await keeper.start().then(() => undefined, (error: Error) => error.message);
  if (fault === undefined && await becomesHealthy(home, to)) {
    leave(finishing, { keepSnapshot: true });
    return { version: to, updated: true };
  }
  const aside = await rollBack(finishing);
  const reason = fault ?? `its daemon did not answer within 30 s (see the service's log)`;
  if (!await becomesHealthy(home, from)) {
    throw new Error(
      `${to} failed (${reason}), ${from} is back in its place, and its daemon does not answer either: ` +
        "opcode service logs",
    );
  }
  return { version: from, updated: false, reason, ...(aside !== undefined && { aside }) };
}

/** The old file, its data where the new one has changed their layout, and its daemon. */
async function rollBack(finishing: Finishing): Promise<string | null | undefined> {
  const { place, journal, keeper } = finishing;
  await keeper.stop().catch(() => {});
  putBack(place);
  const aside = changesLayout(journal) ? await restoreData(finishing) : undefined;
  await keeper.start();
  leave(finishing, { keepSnapshot: aside !== undefined });
  return aside;
}

function changesLayout({ layouts, snapshot }: Journal): boolean {
  return snapshot !== null && layouts !== null && layouts.before !== layouts.after;
}

/** While nothing runs: what was acknowledged until the stop is in it. */
async function renewSnapshot({ place, journal, env }: Finishing): Promise<void> {
  const fresh = `${journal.snapshot}.stopped`;
  removeBackup(fresh);
  await backupHere(settingsOf(journal, env), fresh);
  const before = journal.snapshot!;
  journal.snapshot = fresh;
  writeJournal(place, journal);
  removeBackup(before);
}

/** Puts the data of before in place if this version cannot read what is there; tells where that went. */
async function restoreData({ journal, env }: Finishing): Promise<string | null | undefined> {
  const settings = settingsOf(journal, env);
  try {
    await withDatabase(settings, () => Promise.resolve());
    return undefined;
  } catch (error) {
    if (!(error instanceof OpcodeError) || error.code !== "STORE_ERROR") throw error;
  }
  return await underLock(settings, async ({ traces }) => {
    const place = (await storePlace(settings)).restoring();
    // A server's data are its own, and no layout is changed so that the one before cannot go on.
    if (place === null) return null;
    const put = { file: journal.snapshot!, place, force: true, now: Date.now() };
    const { aside } = await restore(put);
    traces.keep();
    return aside;
  });
}

function settingsOf({ home }: Journal, env: NodeJS.ProcessEnv) {
  return loadSettings({ env: { ...env, OPCODE_HOME: home } });
}

/** One snapshot stays: the last one before a version that is in use now. */
function leave({ place, journal }: Finishing, { keepSnapshot }: { keepSnapshot: boolean }): void {
  if (journal.snapshot !== null && !keepSnapshot) removeBackup(journal.snapshot);
  leaveWorkplace(place);
}

export function removeBackup(file: string): void {
  for (const path of [file, manifestPath(file)]) rmSync(path, { force: true });
}

/** Where the data of before an update are kept. */
export function snapshotFile(home: string, version: string): string {
  return join(home, BACKUPS_DIRECTORY, `before-${version.replaceAll(/[^\w.+-]/g, "_")}.db`);
}
