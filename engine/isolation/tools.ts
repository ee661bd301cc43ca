// Which programs of the system isolation leans on, where they are, and what comes of trying them.

import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { withDescriptor } from "../../core/descriptors.ts";

/** What a daemon with an empty PATH has all the same. */
const USUAL = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/** How long a tool may take that is tried, ms: a machine under load starts programs slowly. */
const PATIENCE_MS = 10_000;

/** The absolute path of a program; undefined where there is none. */
export function findTool(name: string, path = process.env.PATH ?? ""): string | undefined {
  const folders = [...path.split(delimiter).filter((folder) => folder.startsWith("/")), ...USUAL];
  return folders.map((folder) => join(folder, name)).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export type Tried = { ok: true; stdout: string } | { ok: false; reason: string };

/**
 * What the command wrote to standard output, or why it did not end well. Rejects where nothing can be
 * started now, which says nothing of the tool.
 */
export function tryTool(
  command: readonly string[],
  { patienceMs = PATIENCE_MS } = {},
): Promise<Tried> {
  return withDescriptor(() => tried(command, patienceMs));
}

/** The system has no process or memory left for it, or no descriptor. */
const SHORT: ReadonlySet<unknown> = new Set(["EAGAIN", "ENOMEM", "EMFILE", "ENFILE"]);

function tried([command, ...args]: readonly string[], patienceMs: number): Promise<Tried> {
  return new Promise((resolve, reject) => {
    const options = { timeout: patienceMs, killSignal: "SIGKILL" as const, cwd: "/" };
    execFile(command!, args, options, (error, stdout, stderr) => {
      if (!error) return resolve({ ok: true, stdout });
      if (SHORT.has(error.code)) return reject(error);
      // Of one that is ended for its time the error names the command alone.
      if (error.killed) return resolve({ ok: false, reason: late(command!, patienceMs) });
      resolve({ ok: false, reason: stderr.trim().split("\n").at(-1) || error.message });
    });
  });
}

function late(command: string, patienceMs: number): string {
  return `${basename(command)} has not ended after ${patienceMs / 1_000} s`;
}
