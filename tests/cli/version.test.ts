// What a package and a checkout of it say of their version, in each form that git gives its files.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { packageVersion } from "../../cli/version.ts";
import { tempHome } from "../support/daemon.ts";

const COMMIT = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
const OTHER = "f".repeat(40);

/** The version that is said in a directory with these files. */
function versionIn(t: TestContext, files: Record<string, string>): string {
  const root = tempHome(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return packageVersion(pathToFileURL(`${root}/`));
}

const PACKAGE = { "package.json": '{"version": "1.2.3"}' };

test("outside a checkout the version is the package's", (t) => {
  assert.equal(versionIn(t, {}), "dev");
  assert.equal(versionIn(t, { "package.json": "{" }), "dev");
  assert.equal(versionIn(t, PACKAGE), "1.2.3");
});

describe("in a checkout it says so, and the commit", () => {
  const forms: Record<string, Record<string, string>> = {
    "of a branch": { ".git/HEAD": "ref: refs/heads/a/b\n", ".git/refs/heads/a/b": `${COMMIT}\n` },
    "of a branch whose name is packed": {
      ".git/HEAD": "ref: refs/heads/b\n",
      ".git/packed-refs": `# pack-refs with: peeled\n${OTHER} refs/heads/a/refs/heads/b\n` +
        `${COMMIT} refs/heads/b\n^${OTHER}\n`,
    },
    "without a branch": { ".git/HEAD": `${COMMIT}\n` },
    "of a linked worktree": {
      ".git": "gitdir: main/.git/worktrees/w\n",
      "main/.git/worktrees/w/HEAD": "ref: refs/heads/b\n",
      "main/.git/worktrees/w/commondir": "../..\n",
      "main/.git/refs/heads/b": `${COMMIT}\n`,
    },
  };
  for (const [form, files] of Object.entries(forms)) {
    test(form, (t) => {
      assert.equal(versionIn(t, { ...PACKAGE, ...files }), "1.2.3-dev+0a1b2c3");
    });
  }

  test("or no commit where git keeps it otherwise, or there is none", (t) => {
    for (const head of ["ref: refs/heads/.invalid\n", "", "garbage\n"]) {
      assert.equal(versionIn(t, { ...PACKAGE, ".git/HEAD": head }), "1.2.3-dev");
    }
  });
});
