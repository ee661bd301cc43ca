// Where the bundle of a checkout's sources is, and whether it is still what they would make.

import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Beside the dependencies: there only the owner of the sources writes, too. */
export function bundlesOf(root) {
  return join(root, "node_modules", ".cache", "opcode");
}

/** Tells which bundle is the newest, and of what it was made. */
export function manifestOf(root) {
  return join(bundlesOf(root), "current.json");
}

/**
 * The program of the newest bundle; undefined when there is none or a source has changed since. Size
 * and time say it, as they do for make: all of them are looked at in some milliseconds.
 */
export function freshBundle(root) {
  try {
    const made = JSON.parse(readFileSync(manifestOf(root), "utf8"));
    // It names its sources by whole paths: that of a checkout which was copied names the original's.
    if (made.root !== root) return undefined;
    for (const [file, size, changed] of made.sources) {
      const now = statSync(join(root, file));
      if (now.size !== size || now.mtimeMs !== changed) return undefined;
    }
    const program = join(bundlesOf(root), made.folder, "main.js");
    statSync(program);
    return program;
  } catch {
    return undefined;
  }
}

/** Where the processes that run from a bundle leave their ids: it stays as long as one of them does. */
export function usersOf(program) {
  return join(dirname(program), "users");
}

/** Keeps the bundle for this process, which loads parts of it when they are first needed. */
export function keepBundle(program) {
  try {
    const mark = join(usersOf(program), String(process.pid));
    mkdirSync(dirname(mark), { recursive: true });
    writeFileSync(mark, "");
    process.on("exit", () => {
      try {
        rmSync(mark, { force: true });
      } catch {
        // Whoever clears away looks whether the process is there.
      }
    });
  } catch {
    // Somebody else's checkout: whoever may not write there does not change its sources either.
  }
}
