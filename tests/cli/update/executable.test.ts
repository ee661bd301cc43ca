// Whose file an executable is, by where it stands.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ownerOf } from "../../../cli/update/executable.ts";

test("files of package managers are updated by these", () => {
  for (
    const [file, command] of [
      ["/usr/lib/node_modules/opcode/dist/opcode", /^npm install -g/],
      ["/opt/homebrew/Cellar/opcode/1.0.0/bin/opcode", /^brew upgrade/],
      ["/nix/store/abc-opcode-1.0.0/bin/opcode", /^nix profile upgrade/],
      ["/snap/opcode/12/bin/opcode", /^snap refresh/],
    ] as const
  ) {
    assert.match(ownerOf(file)!, command);
  }
  assert.equal(ownerOf("/srv/somebody/.local/bin/opcode"), undefined);
});

test("a file of the system's packages is found by asking their manager", {
  skip: process.platform !== "linux" && "it is asked on Linux",
}, () => {
  const owner = ownerOf("/bin/sh") ?? ownerOf("/usr/bin/env") ?? ownerOf("/bin/cat");
  assert.match(owner ?? "", /^(?:apt-get|dnf|pacman|apk) /);
});
