// How a program gets namespaces of its own: what is put before it, and what has to stand ready.

import { type Holder, openHolder } from "./holder.ts";
import type { Spaces } from "./space.ts";
import { findTool } from "./tools.ts";

export interface Tools {
  unshare: string;
  nsenter: string;
  setpriv: string;
}

/** Undefined where one is missing. */
export function findTools(): Tools | undefined {
  const [unshare, nsenter, setpriv] = ["unshare", "nsenter", "setpriv"].map((name) =>
    findTool(name)
  );
  return unshare && nsenter && setpriv ? { unshare, nsenter, setpriv } : undefined;
}

export interface Entrance {
  /** What stands before the program and its arguments. */
  before: string[];
  /** Gives the namespaces back: what still runs in them ends, where processes are its own. */
  close(): void;
}

/** With what root could leave any namespace, undo mounts, or reach the files below them. */
const DROPPED = [
  "sys_admin",
  "sys_ptrace",
  "sys_module",
  "sys_rawio",
  "sys_boot",
  "mknod",
  "dac_read_search",
];

/** `graceMs`: how long what runs there may take to end once this process has died. */
export async function enter(
  spaces: Spaces,
  tools: Tools,
  { cwd, graceMs }: { cwd: string; graceMs: number },
): Promise<Entrance> {
  const isRoot = process.getuid!() === 0;
  const asUser = [`--map-user=${process.getuid!()}`, `--map-group=${process.getgid!()}`];
  const dropping = [tools.setpriv, `--bounding-set=${DROPPED.map((name) => `-${name}`).join()}`];
  // Whoever is not root has these rights in no namespace that he enters as himself.
  const last = isRoot ? [...dropping, "--"] : [tools.unshare, "--user", ...asUser, "--"];
  if (!spaces.processes && !spaces.view) {
    const before = isRoot
      ? [tools.unshare, "--net", "--", ...last]
      : [tools.unshare, "--user", "--net", ...asUser, "--"];
    return { before, close() {} };
  }
  const holder: Holder = await openHolder(spaces, tools.unshare, { isRoot, graceMs });
  const before = [
    tools.nsenter,
    `--target=${holder.pid}`,
    ...(isRoot ? [] : ["--user", "--preserve-credentials"]),
    ...["--mount", "--ipc", "--pid"],
    ...(spaces.network ? ["--net"] : []),
    `--wdns=${cwd}`,
    "--",
    ...last,
  ];
  return { before, close: () => holder.close() };
}
