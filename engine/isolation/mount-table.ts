// What is to be mounted, as `mount` reads it: a table for one call, which is what makes a view cheap.

import { randomUUID } from "node:crypto";

/** A line of fstab(5). */
export interface Entry {
  source: string;
  target: string;
  type: string;
  options: readonly string[];
}

/** What is there of `source` stands at `target`, too, which is made where it is not there. */
export function bind(source: string, target: string, kind: "bind" | "rbind" = "rbind"): Entry {
  const options = kind === "bind" ? [kind] : [kind, "X-mount.mkdir"];
  return { source, target, type: "none", options };
}

/** An empty place. */
export function fresh(target: string, options: readonly string[]): Entry {
  return { source: OURS, target, type: "tmpfs", options };
}

/** A mount becomes one that nobody can write to; flags that are set stay set: those of a namespace above cannot be taken away. */
export function readOnly(target: string, options: readonly string[]): Entry {
  const kept = options.filter((option) => option !== "rw" && option !== "ro");
  return { source: OURS, target, type: "none", options: ["remount", "bind", "ro", ...kept] };
}

export function moved(source: string, target: string): Entry {
  return { source, target, type: "none", options: ["move"] };
}

/** No name that another mount has (`none` is usual): what looks as if it were there already is passed over. */
const OURS = `opcode-${randomUUID()}`;

/** The processes of the namespace alone. */
export const OWN_PROC: Entry = {
  source: OURS,
  target: "/proc",
  type: "proc",
  options: ["nosuid", "nodev", "noexec"],
};

/**
 * Whether it can stand in a table; what cannot has a call of its own. Binding what is a mount already
 * (one of `places`) would be passed over.
 */
export function fitsTable({ options, target }: Entry, places: ReadonlySet<string>): boolean {
  const [kind] = options;
  return kind !== "move" && !((kind === "bind" || kind === "rbind") && places.has(target));
}

/** The text of a table, for `mount --all --fstab`. */
export function tableText(entries: readonly Entry[]): string {
  return entries.map(({ source, target, type, options }) =>
    `${word(source)} ${word(notRoot(target))} ${type} ${options.join(",")} 0 0\n`
  ).join("");
}

/** A line of a shell that does one of them. */
export function mountLine({ source, target, type, options }: Entry): string {
  const [kind] = options;
  if (kind === "move") return `mount -n --move ${quote(source)} ${quote(target)}`;
  const from = kind === "remount" ? "" : ` ${quote(source)}`;
  return `mount -n -t ${type} -o ${options.join(",")}${from} ${quote(target)}`;
}

/** The root of all is passed over by that name. */
function notRoot(target: string): string {
  return target === "/" ? "/." : target;
}

/** What ends a word is written as its number. */
function word(text: string): string {
  return text.replace(/[\s\\#]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, "0")}`);
}

/** As one word of a shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
