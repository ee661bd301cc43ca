// Whether the profile for macOS says what the settings do; that it holds has to be tried on a Mac.

import assert from "node:assert/strict";
import { test } from "node:test";
import { probeSeatbelt, seatbelt, seatbeltFailure } from "../../../engine/isolation/seatbelt.ts";

test("what is not asked for is allowed", () => {
  assert.deepEqual(seatbelt({ network: false, view: null }), [
    "/usr/bin/sandbox-exec",
    "-p",
    "(version 1)\n(allow default)",
  ]);
  assert.match(seatbelt({ network: true, view: null })[2]!, /\n\(deny network\*\)$/);
});

test("a view: nothing is written but where it may be, and what is hidden comes last", () => {
  const view = {
    writable: ['/w "q" \\'],
    hidden: [{ path: "/w/keys", isDirectory: true }, { path: "/k", isDirectory: false }],
    cwd: "/w",
  };
  assert.deepEqual(seatbelt({ network: false, view })[2]!.split("\n").slice(2), [
    "(deny file-write*)",
    '(allow file-write* (subpath "/w \\"q\\" \\\\"))',
    '(allow file-write* (literal "/dev/null") (literal "/dev/zero") (regex #"^/dev/(tty|fd/)"))',
    '(deny file-read* file-write* (subpath "/w/keys"))',
    '(deny file-read* file-write* (literal "/k"))',
  ]);
});

test("a program that was not started is told from one that failed", () => {
  const said = "sandbox-exec: execvp() of 'x' failed: ";
  assert.equal(seatbeltFailure(71, `${said}No such file or directory\n`), "ENOENT");
  assert.equal(seatbeltFailure(71, `${said}Permission denied\n`), "EACCES");
  assert.equal(seatbeltFailure(1, `${said}No such file or directory\n`), undefined);
  assert.equal(seatbeltFailure(71, "x: failed\n"), undefined);
});

test("where there is no sandbox-exec nothing is claimed", {
  skip: process.platform === "darwin" && "it is there",
}, async () => {
  for (const guard of ["network", "filesystem"] as const) {
    assert.equal((await probeSeatbelt(guard)).available, false);
  }
});
