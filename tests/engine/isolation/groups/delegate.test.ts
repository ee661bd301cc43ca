// Whether a daemon leaves its own group before it allows anything below it.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { delegate } from "../../../../engine/isolation/groups/delegate.ts";
import { needsLinux } from "../../../support/isolation.ts";
import { scratch } from "../../../support/scratch.ts";

/** The files of a group of the second version, as they are to be found. */
function group(dir: string, { procs, allowed = "" }: { procs: string; allowed?: string }): string {
  writeFileSync(join(dir, "cgroup.type"), "domain\n");
  writeFileSync(join(dir, "cgroup.procs"), procs);
  writeFileSync(join(dir, "cgroup.subtree_control"), allowed);
  return dir;
}

// The kernel lets cpu and pids be allowed in a group with processes, which no program can use then.
test("it leaves the group first, also for what could be allowed with it there", {
  skip: needsLinux,
}, (t) => {
  for (const allowed of ["", "cpu pids\n"]) {
    const dir = group(scratch(t), { procs: `${process.pid}\n`, allowed });
    mkdirSync(join(dir, "opcode-daemon"));
    // Nothing leaves a file.
    assert.throws(() => delegate(dir, "pids"), /do not leave the daemon's control group/);
    const moved = readFileSync(join(dir, "opcode-daemon/cgroup.procs"), "utf8");
    assert.equal(moved, String(process.pid));
    assert.equal(readFileSync(join(dir, "cgroup.subtree_control"), "utf8"), allowed);
  }
});

test("a group in which programs of others run stays as it is", { skip: needsLinux }, (t) => {
  const dir = group(scratch(t), { procs: `${process.pid}\n1\n` });
  assert.throws(() => delegate(dir, "cpu"), /programs of others run in the daemon's control group/);
  assert.equal(existsSync(join(dir, "opcode-daemon")), false);
  assert.equal(readFileSync(join(dir, "cgroup.subtree_control"), "utf8"), "");
});

test("an empty group is told what it lacks", (t) => {
  const dir = group(scratch(t), { procs: "", allowed: "cpu pids\n" });
  delegate(dir, "pids");
  assert.equal(readFileSync(join(dir, "cgroup.subtree_control"), "utf8"), "cpu pids\n");
  delegate(dir, "memory");
  assert.equal(readFileSync(join(dir, "cgroup.subtree_control"), "utf8"), "+memory");
});
