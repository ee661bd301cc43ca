// Which commit a checkout is at, read from git's own files: a process would cost every start.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Characters that git shows of a commit's name. */
const SHORT = 7;

/** The short name of the commit in the directory; undefined where its files do not tell. */
export function commitAt(root: URL): string | undefined {
  const own = gitDirectory(fileURLToPath(root));
  // Of a linked worktree the branches are those of the first one.
  const shared = resolve(own, textOf(join(own, "commondir"))?.trim() ?? "");
  const head = textOf(join(own, "HEAD"))?.trim() ?? "";
  const branch = /^ref: (.+)$/.exec(head)?.[1];
  const commit = branch === undefined ? head : commitOf(branch, own, shared);
  return /^[0-9a-f]{40,64}$/.test(commit ?? "") ? commit!.slice(0, SHORT) : undefined;
}

function gitDirectory(root: string): string {
  const path = join(root, ".git");
  const elsewhere = /^gitdir: (.+)$/m.exec(textOf(path) ?? "")?.[1];
  return elsewhere === undefined ? path : resolve(root, elsewhere);
}

function commitOf(branch: string, own: string, shared: string): string | undefined {
  for (const directory of [own, shared]) {
    const commit = textOf(join(directory, branch));
    if (commit !== undefined) return commit.trim();
  }
  const packed = textOf(join(shared, "packed-refs"))?.split("\n") ?? [];
  return packed.find((line) => line.endsWith(` ${branch}`))?.split(" ")[0];
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
