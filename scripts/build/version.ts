// Which version is built: what git says of the checkout, else `dev`.

import { spawnSync } from "node:child_process";

/** `v1.2.0` at a tag, `v1.2.0-3-g0a1b2c3` behind one, `0a1b2c3` without any; `-dirty` behind changes. */
export function versionOf(root: string): string {
  const described = spawnSync("git", ["describe", "--tags", "--always", "--dirty"], {
    cwd: root,
    encoding: "utf8",
    // That of a repository around this one says nothing of it.
    env: { ...process.env, GIT_CEILING_DIRECTORIES: `${root}/..` },
  });
  const version = described.status === 0 ? described.stdout.trim() : "";
  return version === "" ? "dev" : version;
}
