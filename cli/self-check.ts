// Whether this program could run the data of its data directory: tried on a copy, so that nothing changes.

import { randomUUID } from "node:crypto";
import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errorText, OpcodeError, toErrorObject } from "../core/errors.ts";
import type { Manifest } from "../engine/backup/manifest.ts";
import { checkBackup } from "../engine/backup/restore.ts";
import { storePlace } from "../engine/store/open.ts";
import type { RestorePlace } from "../engine/store/backup-store.ts";
import { loadSettings, type Settings } from "../server/settings/load.ts";
import { BACKUPS_DIRECTORY } from "../server/last-backup.ts";
import { counted } from "./counted.ts";
import { VERSION } from "./version.ts";

export interface Check {
  name: string;
  ok: boolean;
  detail: string;
}

/** Numbers of layouts of a database. */
export interface Layouts {
  before: number;
  after: number;
}

export interface SelfCheck {
  version: string;
  ok: boolean;
  checks: Check[];
  /** Of the data, and what this program would make of it; null where there are none. */
  layouts: Layouts | null;
}

/** Writes a backup of the data to the file; null when there are none. */
export type Snapshot = (settings: Settings, file: string) => Promise<Manifest | null>;

/** Tries the program, the settings and a copy of the data, which is removed; never throws. */
export async function selfCheck(env: NodeJS.ProcessEnv, snapshot: Snapshot): Promise<SelfCheck> {
  const checks: Check[] = [];
  const check = async <T>(name: string, work: () => Promise<[value: T, detail: string]>) => {
    try {
      const [value, detail] = await work();
      checks.push({ name, ok: true, detail });
      return value;
    } catch (error) {
      const detail = error instanceof Error && error.name === "SettingsError"
        ? error.message
        : errorText(toErrorObject(error));
      checks.push({ name, ok: false, detail });
    }
  };
  await check("program", async () => [0, `${VERSION} on Node.js ${process.versions.node}`]);
  const settings = await check("settings", async () => {
    const read = loadSettings({ env });
    return [read, `of ${read.home}`];
  });
  const layouts = settings &&
    await check("database", () => tryData(settings, (file) => snapshot(settings, file)));
  return { version: VERSION, ok: checks.every(({ ok }) => ok), checks, layouts: layouts ?? null };
}

/** Of a server is looked at what there is, and nothing changed; of a file a copy is tried. */
async function tryData(
  settings: Settings,
  snapshot: (file: string) => Promise<Manifest | null>,
): Promise<[Layouts | null, string]> {
  if (settings.store_url === "") return await tryCopy(settings, snapshot);
  const found = await (await storePlace(settings)).examine(Date.now()) ?? [];
  const fault = found.find(({ is }) => is === "fault");
  if (fault) throw new OpcodeError("STORE_ERROR", fault.text);
  return [null, found[0]?.text ?? "there are no data yet"];
}

/** The copy is migrated as the data would be, read, and removed. */
async function tryCopy(
  { home }: Settings,
  snapshot: (file: string) => Promise<Manifest | null>,
): Promise<[Layouts | null, string]> {
  if (!existsSync(home)) return [null, "there are no data yet"];
  const directory = join(home, BACKUPS_DIRECTORY);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const name = `self-check-${randomUUID()}.db`;
  try {
    const file = join(directory, name);
    const made = await snapshot(file);
    if (made === null) return [null, "there are no data yet"];
    const { runs, layout: before } = made;
    const place = await storePlace({ db_path: file, store_url: "", home });
    const restoring = place.restoring()!;
    const store = await (await place.opener())({ durability: "normal" });
    await store.close();
    const { layout: after } = restoring.inspect(file);
    const change = after === before ? `layout ${after}` : `layout ${before}, made ${after}`;
    return [{ before, after }, `a copy of it opens: ${counted(runs, "run")}, ${change}`];
  } finally {
    for (const made of readdirSync(directory)) {
      if (made.startsWith(name)) rmSync(join(directory, made), { force: true });
    }
  }
}

/** The snapshot of somebody else, which was checked when it was made: a copy of it. */
export function snapshotOf(backup: string): Snapshot {
  return async ({ home }, file) => {
    const restoring = await restoringAt(file, home);
    const manifest = await checkBackup(backup, restoring);
    copyFileSync(backup, file, constants.COPYFILE_FICLONE);
    return manifest;
  };
}

async function restoringAt(file: string, home: string): Promise<RestorePlace> {
  return (await storePlace({ db_path: file, store_url: "", home })).restoring()!;
}
