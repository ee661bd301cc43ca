// Which paths the settings fs.deny, fs.read_only and fs.writable allow.

import { readlink, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Barred, PathPolicy } from "../action.ts";
import { hasCode, systemError } from "./errors.ts";
import { nameText, systemPath } from "./names.ts";

export interface PathLists {
  /** Absolute paths; what is under one is refused, whatever the others say. */
  deny: readonly string[];
  /** What is under one may be read. */
  readOnly: readonly string[];
  /** What is under one may be read and written. */
  writable: readonly string[];
}

/** As many links in a row as Linux follows. */
const MOST_LINKS = 40;

/**
 * The policy of these lists; undefined when they are empty, which allows everything. Each path is
 * resolved once, now: what later becomes a link opens nothing new. Paths in `deny` are resolved
 * again for each action as well, so that a link that appears at one of them is refused with what
 * it leads to; when that fails, everything is refused. An allowed path that cannot be resolved
 * counts as absent.
 */
export async function createPathPolicy(lists: PathLists): Promise<PathPolicy | undefined> {
  const { deny, readOnly, writable } = lists;
  if (deny.length + readOnly.length + writable.length === 0) return;
  const denied = new Set([...deny, ...await resolvable(deny)]);
  const readable = await resolvable([...readOnly, ...writable]);
  const written = await resolvable(writable);
  const restricted = readOnly.length + writable.length > 0;
  return async () => {
    const now = await Promise.allSettled(deny.map(leadsTo));
    const broken = deny.find((_, i) => now[i]!.status === "rejected");
    const refused = [...denied, ...now.flatMap((r) => r.status === "fulfilled" ? [r.value] : [])];
    return (path, access) => {
      if (broken !== undefined) {
        return by("fs.deny", `fs.deny cannot be checked: ${broken} cannot be resolved`);
      }
      if (refused.some((rule) => isUnder(fold(path), fold(rule)))) {
        return by("fs.deny", "is under a path of fs.deny");
      }
      if (!restricted) return;
      const allowed = access === "write" ? written : readable;
      if (allowed.some((rule) => isUnder(path, rule))) return;
      return access === "write"
        ? by("fs.writable", "is not under a path of fs.writable")
        : by("fs.read_only", "is not under a path of fs.read_only or fs.writable");
    };
  };
}

function by(setting: string, reason: string): Barred {
  return { setting, reason };
}

/** Whether a path equals another or is below it, component by component. */
export function isUnder(path: string, top: string): boolean {
  return path === top || top === "/" || path.startsWith(`${top}/`);
}

/**
 * Where a path leads, all links resolved, whether or not there is a file: dangling links lead to
 * what they name.
 */
export async function leadsTo(path: string): Promise<string> {
  let current = path;
  for (let links = 0; links <= MOST_LINKS; links++) {
    try {
      return nameText(await realpath(systemPath(current), "latin1"));
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
    }
    // It cannot be /: that exists.
    const parent = await leadsTo(dirname(current));
    const here = join(parent, basename(current));
    try {
      current = resolve(parent, nameText(await readlink(systemPath(here), "latin1")));
    } catch (error) {
      if (hasCode(error, "ENOENT", "EINVAL")) return here;
      throw error;
    }
  }
  throw systemError("ELOOP", "too many symbolic links");
}

async function resolvable(paths: readonly string[]): Promise<string[]> {
  const resolved = await Promise.allSettled(paths.map(leadsTo));
  return resolved.flatMap((result) => result.status === "fulfilled" ? [result.value] : []);
}

/** macOS finds a file under any spelling of its name; only refusals may be that generous. */
function fold(path: string): string {
  return process.platform === "darwin" ? path.normalize("NFC").toLowerCase() : path;
}
