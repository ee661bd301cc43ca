// Which version is built, and of when: what git says of the checkout, else `dev`.

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

/** When the commit was made, RFC 3339 in UTC; the beginning of 1970 where there is no git. */
export function dateOf(root: string): string {
  const { status, stdout } = spawnSync("git", ["log", "-1", "--format=%ct"], {
    cwd: root,
    encoding: "utf8",
  });
  const seconds = status === 0 ? Number(stdout) : 0;
  return new Date(seconds * 1_000).toISOString().replace(".000Z", "Z");
}
