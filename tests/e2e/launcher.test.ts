// Whether what the launcher was told of the heap reaches the Node that it starts.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { tempHome } from "../support/daemon.ts";

const launcher = join(import.meta.dirname, "../../bin/opcode.mjs");
const major = (version: string) => Number(/^v?(\d+)/.exec(version)?.[1] ?? Infinity);

/** A Node that the launcher runs on and does not stay on. */
const older = (process.env.PATH ?? "").split(delimiter).map((place) => join(place, "node")).find(
  (node) => {
    const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
    return major(stdout ?? "") < major(process.versions.node);
  },
);

test("a limit of the heap holds in the Node that the launcher starts", {
  skip: older === undefined && "no older Node is on the PATH, which alone starts another",
}, (t) => {
  const preload = join(tempHome(t), "tell.mjs");
  writeFileSync(
    preload,
    `import { getHeapStatistics } from "node:v8";
     console.error("LIMIT", process.versions.node, getHeapStatistics().heap_size_limit);`,
  );
  const limits = (flags: string[], options = "") => {
    const env = { ...process.env, NODE_OPTIONS: `--import=${preload} ${options}` };
    const args = [...flags, launcher, "--version"];
    const { stderr, status } = spawnSync(older!, args, { env, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const told = [...stderr.matchAll(/LIMIT (\S+) (\d+)/g)];
    assert.deepEqual(told.map(([, node]) => node === process.versions.node), [false, true]);
    return Number(told[1]![2]) / 1024 / 1024;
  };
  for (const flag of ["--max-old-space-size=200", "--max_old_space_size=200"]) {
    assert.ok(limits([flag]) < 400, flag);
  }
  assert.ok(limits(["--max-heap-size=300"]) <= 300);
  assert.ok(limits([], "--max-old-space-size=200") < 400);
  assert.ok(limits(["--no-warnings"]) > 400, "nothing is told of it");
});
