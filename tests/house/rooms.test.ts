// What the house asks of every file: small, opened by a sentence, free of left-overs.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tracked = execFileSync("git", [
  "ls-files",
  "-z",
  "--cached",
  "--others",
  "--exclude-standard",
], {
  cwd: root,
  encoding: "utf8",
}).split("\0").filter((file) => file !== "");
const code = tracked.filter((file) => /\.(ts|mjs)$/.test(file)).map((file) => ({
  file,
  text: readFileSync(join(root, file), "utf8"),
}));
const shipped = code.filter(({ file }) => !/^(tests|scripts)\//.test(file));

test("every file opens with a sentence that says what it answers", () => {
  const silent = code.filter(({ text }) => !/^(#!.*\n)?\/\/ \S.{10,}/.test(text));
  assert.deepEqual(silent.map(({ file }) => file), []);
});

test("files are small rooms", () => {
  const lines = shipped.map(({ file, text }) => ({ file, lines: text.split("\n").length }));
  const large = lines.filter((entry) => entry.lines > 400);
  assert.deepEqual(large, [], "files over 400 lines");
  const sorted = lines.map((entry) => entry.lines).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)]!;
  assert.ok(median <= 120, `the median file has ${median} lines`);
});

test("nothing is left to do in the code", () => {
  const marker = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X"].join("|")})\\b`);
  const left = code.filter(({ text }) => marker.test(text)).map(({ file }) => file);
  assert.deepEqual(left, []);
});

test("the lock file names no download addresses", () => {
  assert.doesNotMatch(
    readFileSync(join(root, "package-lock.json"), "utf8"),
    /"resolved"|https?:\/\/[^"]*\.tgz/,
  );
});

test("no file names a place on the machine it was written on", () => {
  const places = [/\/(work|root|farm)\//, new RegExp("/home/[a-z]+/\\w")];
  const found = tracked
    .filter((file) =>
      /\.(ts|mjs|json|md|sh)$|^\.ci\//.test(file) && file !== "tests/house/rooms.test.ts"
    )
    .filter((file) => places.some((place) => place.test(readFileSync(join(root, file), "utf8"))));
  assert.deepEqual(found, []);
});
