// Which version this is.

import { existsSync, readFileSync } from "node:fs";

declare const __OPCODE_VERSION__: string | undefined;

const HERE = new URL("../", import.meta.url);

/** What the build embedded, else the package's; `dev` in a checkout, which may be anything. */
export const VERSION: string = typeof __OPCODE_VERSION__ === "string"
  ? __OPCODE_VERSION__
  : packageVersion(HERE);

/** The version of the package in the directory; `dev` where git keeps it, or where none is said. */
export function packageVersion(root: URL): string {
  if (existsSync(new URL(".git", root))) return "dev";
  try {
    return String(JSON.parse(readFileSync(new URL("package.json", root), "utf8")).version ?? "dev");
  } catch {
    return "dev";
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
