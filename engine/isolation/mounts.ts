// What is mounted where, and how all of it but a few places becomes read-only.

import { isUnder } from "./under.ts";

export interface Mount {
  at: string;
  /** As `mount -o` takes them: `rw`, `nosuid`, … */
  options: string[];
}

/** Of /proc/PID/mountinfo: of mounts at one place only the last, which hides the others. */
export function readMounts(mountinfo: string): Mount[] {
  const byPlace = new Map<string, Mount>();
  for (const line of mountinfo.split("\n")) {
    const [, , , , place, options] = line.split(" ");
    if (place === undefined || options === undefined) continue;
    const at = place.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
    byPlace.delete(at);
    byPlace.set(at, { at, options: options.split(",") });
  }
  return [...byPlace.values()];
}

/** Where a system writes that has nothing of anybody's: what stands there is new, or no file. */
const SYSTEM = ["/proc", "/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/hugepages"];

/** Mounts that can be written to, but for these places and what is below them. */
export function stillWritable(mounts: readonly Mount[], except: readonly string[]): Mount[] {
  const kept = [...SYSTEM, ...except];
  return mounts.filter(({ at, options }) =>
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

/** Lines of a shell that make the view, in a mount namespace that nobody else sees. */
export function viewLines(view: View, mounts: readonly Mount[], stage: string): string[] {
  const kept = ownTmp(view) ? ["/tmp", ...view.writable] : view.writable;
  return [
    ...view.writable.map((path) => `mount -n --rbind ${quote(path)} ${quote(path)}`),
    ...(ownTmp(view) ? stageLines(view, stage) : []),
    ...stillWritable(mounts, [...kept, stage]).map(({ at, options }) =>
      `mount -n -o ${readOnly(options)} ${quote(at)}`
    ),
    ...(ownTmp(view) ? [`mount -n --move ${quote(stage)} /tmp`] : []),
    "[ ! -d /dev/shm ] || mount -n -t tmpfs -o mode=1777,nosuid,nodev shm /dev/shm",
    ...view.hidden.map(({ path, isDirectory }) =>
      isDirectory
        ? `mount -n -t tmpfs -o ro,mode=000 hidden ${quote(path)}`
        : `mount -n --bind /dev/null ${quote(path)}`
    ),
  ];
}

/** Whether the program gets a /tmp of its own: not where it may write to that of all. */
export function ownTmp({ writable }: View): boolean {
  return !writable.some((path) => isUnder("/tmp", path));
}

/** An empty /tmp with what of the other one is to be seen there. */
function stageLines({ writable, cwd }: View, stage: string): string[] {
  const inTmp = writable.filter((path) => isUnder(path, "/tmp"));
  const also = isUnder(cwd, "/tmp") && cwd !== "/tmp" &&
    !inTmp.some((path) => isUnder(cwd, path));
  const bind = (path: string, more: string[] = []) => {
    const place = quote(stage + path.slice("/tmp".length));
    return [`mkdir -p ${place}`, `mount -n --rbind ${quote(path)} ${place}`, ...more];
  };
  return [
    `mount -n -t tmpfs -o mode=1777,nosuid,nodev tmp ${quote(stage)}`,
    ...(also ? bind(cwd, [`mount -n -o remount,bind,ro ${quote(stage + cwd.slice(4))}`]) : []),
    ...inTmp.flatMap((path) => bind(path)),
  ];
}

/** Flags that are set stay set: those of a namespace above cannot be taken away. */
function readOnly(options: readonly string[]): string {
  return ["remount", "bind", "ro", ...options.filter((option) => option !== "rw")].join(",");
}

/** As one word of a shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
