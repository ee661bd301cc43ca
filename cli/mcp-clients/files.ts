// How a client's configuration is read and replaced: with a copy of what was there, and never half.

import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { systemReason } from "../../core/system-reason.ts";
import { ConfigFault } from "./form.ts";

/** Undefined when there is none. Throws ConfigFault. */
export function readConfig(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ConfigFault(`cannot be read (${systemReason(thrown)})`);
  }
}

/**
 * Writes the file, through a link to where it leads, as readable as it was; returns where the copy of
 * `before` is. Throws ConfigFault, also when the file is not `before` any more: its program writes it too.
 */
export function replaceConfig(
  file: string,
  { before, text, at }: { before: string | undefined; text: string; at: Date },
): string | undefined {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const target = before === undefined ? file : realpathSync(file);
    const temporary = `${target}.${process.pid}.tmp`;
    try {
      writeFileSync(temporary, text, { mode: 0o600, flag: "wx" });
      if (before !== undefined) chmodSync(temporary, statSync(target).mode & 0o777);
      if (readConfig(file) !== before) throw new ConfigFault("has changed meanwhile: try again");
      const copy = before === undefined ? undefined : `${target}.${stamp(at)}.backup`;
      if (copy !== undefined) copyFileSync(target, copy);
      renameSync(temporary, target);
      return copy;
    } finally {
      rmSync(temporary, { force: true });
    }
  } catch (thrown) {
    if (thrown instanceof ConfigFault) throw thrown;
    throw new ConfigFault(`cannot be written (${systemReason(thrown)})`);
  }
}

/** `20260131T120000`: sorts as time does. */
function stamp(at: Date): string {
  return at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
}
