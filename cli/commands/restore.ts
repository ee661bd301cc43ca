// What `opcode restore` does: puts a backup in the place of the database, while no daemon runs.

import { resolve } from "node:path";
import { checkBackup, restore as putBack } from "../../engine/backup/restore.ts";
import { storePlace } from "../../engine/store/open.ts";
import type { RestorePlace } from "../../engine/store/backup-store.ts";
import type { StorePlace } from "../../engine/store/place.ts";
import { loadSettings } from "../../server/settings/load.ts";
import { counted } from "../counted.ts";
import { underLock } from "../database.ts";
import { printJson, printLine, printNote, visible } from "../print.ts";
import { UsageError } from "../usage-error.ts";

export interface RestoreFlags {
  json?: boolean;
  force?: boolean;
  check?: boolean;
}

export async function restore(flags: RestoreFlags, given: string): Promise<number> {
  const settings = loadSettings({ env: process.env });
  const file = resolve(given);
  if (flags.check) {
    const manifest = await checkBackup(
      file,
      restoring(await storePlace(settings)),
    );
    if (flags.json) printJson({ file, ...manifest });
    else {printLine(
        `${visible(file)} is whole: ${counted(manifest.runs, "run")}, as of ${manifest.made_at}`,
      );}
    return 0;
  }
  const reply = await underLock(settings, async ({ place, traces }) => {
    const force = flags.force === true;
    const options = { file, place: restoring(place), force, now: Date.now() };
    const done = await putBack(options);
    traces.keep();
    return done;
  });
  if (flags.json) printJson(reply);
  else {
    printLine(
      `restored ${settings.db_path}: ${counted(reply.runs, "run")}, as of ${reply.made_at}`,
    );
    if (reply.aside !== null) printNote(`what was there is ${visible(reply.aside)}`);
    printNote("runs that were under way then go on from there at the next start");
  }
  return 0;
}

function restoring(place: StorePlace): RestorePlace {
  const found = place.restoring();
  if (found === null) throw new UsageError(`restore: ${place.noCopies}`);
  return found;
}
