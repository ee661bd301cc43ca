// The parts of the build that need no binary: version, the database's loader, symbols, targets.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { withOurLoader } from "../../scripts/build/native-libsql.ts";
import { stripElf } from "../../scripts/build/strip-elf.ts";
import { TARGETS } from "../../scripts/build/targets.ts";
import { versionOf } from "../../scripts/build/version.ts";
import { scratch } from "../support/scratch.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

test("the version is what git says of the checkout, else dev", (t) => {
  const place = scratch(t);
  assert.equal(versionOf(place), "dev");
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], {
      cwd: place,
      stdio: "pipe",
      encoding: "utf8",
    }).trim();
  git("init", "-q");
  assert.equal(versionOf(place), "dev", "nothing is committed");
  git("commit", "-q", "--allow-empty", "-m", "one");
  const commit = git("rev-parse", "--short", "HEAD");
  assert.equal(versionOf(place), commit);
  git("tag", "v1.2.0");
  assert.equal(versionOf(place), "v1.2.0");
  writeFileSync(join(place, "file"), "");
  git("add", "file");
  assert.equal(versionOf(place), "v1.2.0-dirty");
  git("commit", "-q", "-m", "two");
  assert.match(versionOf(place), /^v1\.2\.0-1-g[0-9a-f]+$/);
});

test("the database's package gets our loader, or the build says that it loads in another way", () => {
  const text = readFileSync(join(ROOT, "node_modules/libsql/index.js"), "utf8");
  const ours = withOurLoader(text, "/place");
  assert.match(ours, /require\("\/place\/engine\/store\/libsql\/addon\.ts"\)\.loadAddon\(\)/);
  assert.ok(ours.includes("} = requireNative();"), "what it takes of it stays");
  for (
    const changed of [
      text.replace("requireNative()", "loadNative()"),
      text.replace("@neon-rs/load", "neon"),
      `${text}\nrequire("@libsql/other");`,
    ]
  ) {
    assert.throws(() => withOurLoader(changed, "/place"), /in another way than it did/);
  }
});

test("a program for Linux without its symbols is the same program", {
  skip: process.platform !== "linux" && "it is one for Linux",
}, (t) => {
  const node = readFileSync(process.execPath);
  const stripped = stripElf(node);
  assert.ok(stripped.length < node.length * 0.95, "there were some");
  const file = join(scratch(t), "node");
  writeFileSync(file, stripped, { mode: 0o755 });
  const { stdout } = spawnSync(file, ["-p", "6 * 7"], { encoding: "utf8" });
  assert.equal(stdout, "42\n");
  assert.deepEqual(stripElf(stripped).length, stripped.length, "nothing is left to strip");
  assert.throws(() => stripElf(Buffer.alloc(128)), /no ELF-64/);
});

test("each target names packages that package.json and the lock file pin", () => {
  const read = (file: string) => JSON.parse(readFileSync(join(ROOT, file), "utf8"));
  const { optionalDependencies } = read("package.json");
  const { packages } = read("package-lock.json");
  for (const { node, addon, platform } of TARGETS) {
    assert.ok(optionalDependencies[node], node);
    assert.ok(packages[`node_modules/${addon}`].integrity, addon);
    assert.ok(node.endsWith(platform), node);
  }
});
