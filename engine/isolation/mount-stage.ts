// How the mounts of a namespace are made from inside of it: what lies ready for that, and what a shell there does.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bind,
  type Entry,
  fitsTable,
  mountLine,
  OWN_PROC,
  quote,
  readOnly,
  tableText,
} from "./mount-table.ts";
import type { Mount } from "./mountinfo.ts";
import { ownTmp, type View, viewMounts } from "./mounts.ts";

export interface Prepared {
  /** Of a shell. */
  lines: string[];
  /** Removes what lay ready, once the lines are done with. */
  clear(): void;
}

/** `mounts`: what is mounted now; without a view only a /proc of its own is made. */
export function prepareMounts(view: View | null, mounts: readonly Mount[]): Prepared {
  const place = mkdtempSync(join(tmpdir(), "opcode-tmp-"));
  const tables = tablesOf(view, mounts, place);
  return { lines: mountLines(tables, { mounts, place }), clear: () => clear(place) };
}

/** What is written there stays as it is. */
const KERNEL = ["/proc/sys", "/proc/sysrq-trigger"];
const INERT = ["nosuid", "nodev", "noexec"];

function tablesOf(view: View | null, mounts: readonly Mount[], place: string): Entry[][] {
  const stage = join(place, STAGE);
  if (view && ownTmp(view)) mkdirSync(stage);
  const kernel = KERNEL.filter((path) => existsSync(path))
    .flatMap((path) => [bind(path, path, "bind"), readOnly(path, INERT)]);
  return [...(view ? viewMounts(view, mounts, stage) : []), [OWN_PROC, ...kernel]];
}

const STAGE = "stage";

/**
 * Lines of a shell that make these mounts. The tables are opened before the first is made: later they
 * may not be seen.
 */
function mountLines(
  tables: readonly (readonly Entry[])[],
  { mounts, place }: { mounts: readonly Mount[]; place: string },
): string[] {
  const places = new Set(mounts.map(({ at }) => at));
  const opened: string[] = [];
  const lines: string[] = [];
  let table: Entry[] = [];
  const flush = () => {
    if (table.length === 0) return;
    const file = join(place, `${opened.length}`);
    writeFileSync(file, tableText(table));
    const descriptor = FIRST_DESCRIPTOR + opened.length;
    opened.push(`exec ${descriptor}< ${quote(file)}`);
    lines.push(`mount -n -a -T /proc/self/fd/${descriptor}`);
    table = [];
  };
  for (const entry of tables.flat()) {
    if (fitsTable(entry, places)) {
      table.push(entry);
    } else {
      flush();
      lines.push(mountLine(entry));
    }
  }
  flush();
  return [...opened, ...lines];
}

/** A shell takes one digit. */
const FIRST_DESCRIPTOR = 3;

/** Nothing but what was made there is removed. */
function clear(place: string): void {
  for (const name of readdirSync(place)) {
    if (name === STAGE) rmdirSync(join(place, name));
    else unlinkSync(join(place, name));
  }
  rmdirSync(place);
}
