// Whether a configuration is replaced whole, with a copy of what it was, and never over somebody else's change.

import assert from "node:assert/strict";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readConfig, replaceConfig } from "../../../cli/mcp-clients/files.ts";
import { scratch } from "../../support/scratch.ts";

const at = new Date("2026-01-31T12:00:00Z");

test("a new file is made with its folders, for its user alone", (t) => {
  const file = join(scratch(t), "a", "b.json");
  assert.equal(readConfig(file), undefined);
  assert.equal(replaceConfig(file, { before: undefined, text: "{}", at }), undefined);
  assert.equal(readFileSync(file, "utf8"), "{}");
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test("a link stays one, and the file as readable as it was, with a copy beside it", (t) => {
  const folder = scratch(t);
  const real = join(folder, "dotfiles.json");
  const file = join(folder, "link.json");
  writeFileSync(real, "old");
  chmodSync(real, 0o644);
  symlinkSync(real, file);
  const copy = replaceConfig(file, { before: "old", text: "new", at })!;
  assert.ok(lstatSync(file).isSymbolicLink());
  assert.deepEqual([readFileSync(real, "utf8"), statSync(real).mode & 0o777], ["new", 0o644]);
  assert.equal(readFileSync(copy, "utf8"), "old");
  assert.equal(copy, `${real}.20260131T120000.backup`);
});

test("a change that came meanwhile is not written over, and nothing is left", (t) => {
  const folder = scratch(t);
  const file = join(folder, "a.json");
  writeFileSync(file, "theirs");
  assert.throws(
    () => replaceConfig(file, { before: "old", text: "new", at }),
    /^Error: has changed meanwhile/,
  );
  assert.deepEqual(readdirSync(folder), ["a.json"]);
  assert.equal(readFileSync(file, "utf8"), "theirs");
});

test("what cannot be read or written says why", (t) => {
  const folder = scratch(t);
  mkdirSync(join(folder, "d"));
  writeFileSync(join(folder, "f"), "");
  assert.throws(() => readConfig(join(folder, "d")), /cannot be read \(/);
  assert.throws(
    () => replaceConfig(join(folder, "f", "x.json"), { before: undefined, text: "", at }),
    /cannot be written \(/,
  );
});
