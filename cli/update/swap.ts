// How one file takes the place of another: in one step, with the one of before kept beside it.

import { copyFileSync, linkSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { sync } from "../../core/sync.ts";
import type { Workplace } from "./workplace.ts";

/** Whoever looks finds the old file or the new one, whole. */
export function putInPlace({ staged, executable, previous }: Workplace): void {
  keep(executable, previous);
  renameSync(staged, executable);
  sync(dirname(executable));
}

/** The file of before is in its place again, and is no file of before any more. */
export function putBack({ executable, previous }: Workplace): void {
  renameSync(previous, executable);
  sync(dirname(executable));
}

/** The same file under another name, whatever was there; where there are no such links, a copy. */
function keep(file: string, as: string): void {
  const beside = `${as}.new`;
  rmSync(beside, { force: true });
  try {
    linkSync(file, beside);
  } catch {
    copyFileSync(file, beside);
  }
  renameSync(beside, as);
}
