// How this program was called, so that what it tells to type can be typed where it was told.

import { existsSync, realpathSync } from "node:fs";
import { basename, delimiter, dirname, isAbsolute, join, relative } from "node:path";
import { IS_BINARY } from "../core/embedded.ts";
import { quoted } from "./quoted.ts";

export interface Call {
  /** Of the process: the runtime, and the program that it was given. */
  argv: readonly string[];
  cwd: string;
  /** The list of directories in which a shell looks for programs. */
  path: string;
}

/**
 * The beginning of a command line that starts this program again from the same directory: `opcode`
 * where it is installed, `node bin/opcode.mjs` in a checkout.
 */
export function calledAs({ argv: [runtime = "", program = runtime], cwd, path }: Call): string {
  const folders = path.split(delimiter).filter((folder) => isAbsolute(folder));
  const shown = (file: string) => shorter(file, cwd);
  // A shell has found it by its name alone.
  if (!program.includes("/")) return quoted(program);
  if (!/\.(mjs|ts)$/.test(program)) {
    const isFound = folders.includes(dirname(program));
    return quoted(isFound ? basename(program) : asProgram(shown(program)));
  }
  const node = folders.map((folder) => join(folder, "node")).find((file) => existsSync(file));
  // The launcher starts on any Node, the sources on this one alone.
  const serves = node !== undefined && (program.endsWith(".mjs") || isSame(node, runtime));
  return `${serves ? "node" : quoted(asProgram(shown(runtime)))} ${quoted(shown(program))}`;
}

function shorter(file: string, cwd: string): string {
  const near = relative(cwd, file);
  return near !== "" && near.length < file.length ? near : file;
}

/** A shell looks for a bare name elsewhere. */
function asProgram(file: string): string {
  return file.includes("/") ? file : `./${file}`;
}

function isSame(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}

function here(): string {
  try {
    return process.cwd();
  } catch {
    // The directory is gone, and nothing is relative to it.
    return "/";
  }
}

const LAUNCHER = join(import.meta.dirname ?? "", "..", "bin", "opcode.mjs");

/** The same of this process. What `npm start` runs is the sources, on a Node that no shell finds. */
export const CALLED = calledAs({
  argv: process.env.npm_lifecycle_event === "start" ? [process.execPath, LAUNCHER] : process.argv,
  cwd: here(),
  path: process.env.PATH ?? "",
});

/** What starts this program again, whatever the directory: a file, and what it is given first. */
export const ITSELF: readonly string[] = IS_BINARY
  ? [process.execPath]
  : [process.execPath, process.argv[1]!];
