// What must not be left in a file: things to do, and traces of the machine it was written on.

import assert from "node:assert/strict";
import { homedir } from "node:os";
import { test } from "node:test";
import { allFiles, isCode, root, type Source } from "./sources.ts";

// This file names what the others must not.
const files = allFiles().filter(({ file }) => file !== "tests/house/left-overs.test.ts");

test("nothing in the code is left to do", () => {
  assert.deepEqual(linesWith(files.filter(isCode), /\b(TODO|FIXME|XXX|HACK)\b/), []);
});

test("no file names a place on the machine it was written on", () => {
  const places = /(?<![\w.-])\/(root|work|home\/[a-z][\w-]*|Users\/\w+)(\/\w|\b(?=["'`\s]))/;
  assert.deepEqual(linesWith(files, places), []);
  for (const place of new Set([root, homedir()])) {
    if (place.split("/").filter(Boolean).length < 2) continue;
    assert.deepEqual(files.filter(({ text }) => text.includes(place)).map(({ file }) => file), []);
  }
});

test("no file names the host of a package registry", () => {
  const hosts =
    /\bregistry\.[\w-]+\.[a-z]{2,}\b(?!\()|\b(npmmirror|artifactory|verdaccio|jfrog|nexus)\b/i;
  assert.deepEqual(linesWith(files, hosts), []);
});

test("the lock file holds names, versions and hashes, not addresses", () => {
  const lock = files.filter(({ file }) => file === "package-lock.json");
  assert.equal(lock.length, 1);
  assert.deepEqual(linesWith(lock, /"resolved":|\.tgz/), []);
});

function linesWith(sources: Source[], pattern: RegExp): string[] {
  return sources.flatMap(({ file, text }) =>
    text.split("\n").flatMap((line, index) =>
      pattern.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 120)}`] : []
    )
  );
}
