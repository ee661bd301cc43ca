// What `opcode backup` does: writes a copy of the database, as of now, also while a daemon is at work on it.

import { resolve } from "node:path";
import { manifestPath } from "../../engine/backup/manifest.ts";
import { homeOf } from "../../server/settings/load.ts";
import { counted } from "../counted.ts";
import type { GlobalFlags } from "../context.ts";
import { printJson, printLine, printNote, visible } from "../print.ts";
import { snapshot } from "../snapshot.ts";

export async function backup(flags: GlobalFlags, given: string): Promise<number> {
  const reply = await snapshot(flags, resolve(given));
  if (reply === null) {
    throw new Error(`there is nothing to back up: no database in ${homeOf(process.env)}`);
  }
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
