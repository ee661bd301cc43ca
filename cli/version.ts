// Which version this is.

import { existsSync, readFileSync } from "node:fs";
import { commitAt } from "./checkout.ts";

declare const __OPCODE_VERSION__: string | undefined;

/** What the build embedded, else what the package and its checkout say. */
export const VERSION: string = typeof __OPCODE_VERSION__ === "string"
  ? __OPCODE_VERSION__
  : packageVersion(new URL("../", import.meta.url));

/**
 * The version of the package in the directory, `1.2.3`; in a checkout, which may hold anything on top
 * of it, `1.2.3-dev+0a1b2c3` with the commit where git's files tell it; `dev` where none is said.
 */
export function packageVersion(root: URL): string {
  const version = saidVersion(root);
  if (version === undefined) return "dev";
  if (!existsSync(new URL(".git", root))) return version;
  const commit = commitAt(root);
  return `${version}-dev${commit === undefined ? "" : `+${commit}`}`;
}

function saidVersion(root: URL): string | undefined {
  try {
    return JSON.parse(readFileSync(new URL("package.json", root), "utf8")).version;
  } catch {
    return undefined;
  }
}

/** The same for programs, with what a report of a fault needs beside it. */
export function versionFacts(): { version: string; node: string; platform: string } {
  return {
    version: VERSION,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  };
}
