// What `opcode backup` does: writes a copy of the database, as of now, also while a daemon is at work on it.

import { resolve } from "node:path";
import { backup as makeBackup, type BackupReply } from "../../engine/backup/backup.ts";
import { manifestPath } from "../../engine/backup/manifest.ts";
import { storePlace } from "../../engine/store/open.ts";
import type { Settings } from "../../server/settings/load.ts";
import { counted } from "../counted.ts";
import type { GlobalFlags } from "../context.ts";
import { withDatabase } from "../database.ts";
import { printJson, printLine, printNote, visible } from "../print.ts";
import { daemonOrDatabase } from "../upkeep-place.ts";
import { VERSION } from "../version.ts";

export async function backup(flags: GlobalFlags, given: string): Promise<number> {
  const file = resolve(given);
  const reply = await daemonOrDatabase<BackupReply>(flags, {
    daemon: async (client) => await client.post("/api/v1/backup", { file }) as never,
    database: (settings) => backupHere(settings, file),
  });
  if (flags.json) printJson(reply);
  else {
    printLine(
      `wrote ${visible(reply.file)}: ${reply.bytes} bytes, ${
        counted(reply.runs, "run")
      }, as of ${reply.made_at}`,
    );
    printNote(`keep ${visible(manifestPath(reply.file))} with it; secrets in it stay encrypted`);
  }
  return 0;
}

async function backupHere(settings: Settings, file: string): Promise<BackupReply> {
  const { restoring } = await storePlace(settings.db_path, settings.home);
  if (restoring()?.exists() === false) {
    throw new Error(`there is nothing to back up: no database ${settings.db_path}`);
  }
  return await withDatabase(
    settings,
    ({ store, place }) =>
      makeBackup({ store, file, reserved: place.files(), version: VERSION, now: Date.now() }),
  );
}
