// How all that is mounted but a few places becomes read-only.

import { existsSync } from "node:fs";
import { bind, type Entry, fresh, moved, readOnly } from "./mount-table.ts";
import type { Mount } from "./mountinfo.ts";
import { isUnder } from "./under.ts";

/** Of mounts at one place the last, which hides the others. */
function seen(mounts: readonly Mount[]): Mount[] {
  const byPlace = new Map<string, Mount>();
  for (const mount of mounts) {
    byPlace.delete(mount.at);
    byPlace.set(mount.at, mount);
  }
  return [...byPlace.values()];
}

/** Where a system writes that has nothing of anybody's: what stands there is new, or no file. */
const SYSTEM = ["/proc", "/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/hugepages"];

/** Mounts that can be written to, but for these places and what is below them. */
export function stillWritable(mounts: readonly Mount[], except: readonly string[]): Mount[] {
  const kept = [...SYSTEM, ...except];
  return seen(mounts).filter(({ at, options }) =>
    options.includes("rw") && !kept.some((place) => isUnder(at, place))
  );
}

/** What a program sees of the files of this machine. */
export interface View {
  /** Where it may write; absolute, links resolved. */
  writable: readonly string[];
  /** What it does not see at all; the same. */
  hidden: readonly { path: string; isDirectory: boolean }[];
  /** Where it works: seen also below /tmp, which is its own. */
  cwd: string;
}

/** What makes the view, in a mount namespace that nobody else sees: one table after the other. */
export function viewMounts(view: View, mounts: readonly Mount[], stage: string): Entry[][] {
  const kept = ownTmp(view) ? ["/tmp", ...view.writable] : view.writable;
  const before = [
    ...view.writable.map((path) => bind(path, path)),
    ...(ownTmp(view) ? stageMounts(view, stage) : []),
    ...stillWritable(mounts, [...kept, stage]).map(({ at, options }) => readOnly(at, options)),
  ];
  const after = [
    ...(existsSync("/dev/shm") ? [fresh("/dev/shm", OPEN)] : []),
    ...view.hidden.map(({ path, isDirectory }) =>
      isDirectory ? fresh(path, ["ro", "mode=000"]) : bind("/dev/null", path, "bind")
    ),
  ];
  // What is hidden below /tmp is hidden in the new one.
  return ownTmp(view) ? [before, [moved(stage, "/tmp")], after] : [[...before, ...after]];
}

const OPEN = ["mode=1777", "nosuid", "nodev"];

/** Whether the program gets a /tmp of its own: not where it may write to that of all. */
export function ownTmp({ writable }: View): boolean {
  return !writable.some((path) => isUnder("/tmp", path));
}

/** An empty /tmp with what of the other one is to be seen there. */
function stageMounts({ writable, cwd }: View, stage: string): Entry[] {
  const inTmp = writable.filter((path) => isUnder(path, "/tmp"));
  const also = isUnder(cwd, "/tmp") && cwd !== "/tmp" &&
    !inTmp.some((path) => isUnder(cwd, path));
  const place = (path: string) => stage + path.slice("/tmp".length);
  return [
    fresh(stage, OPEN),
    ...(also ? [bind(cwd, place(cwd)), readOnly(place(cwd), [])] : []),
    ...inTmp.map((path) => bind(path, place(path))),
  ];
}
