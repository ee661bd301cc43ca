// Whether it is known what a process has started.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { childOf } from "../../../engine/isolation/processes.ts";

const skip = !existsSync("/proc/self/stat") && "there is no /proc";

test(
  "the child of a process is found, and of one that has none, or is gone, nothing",
  { skip },
  async (t) => {
    const shell = spawn("/bin/sh", ["-c", "sleep 60 & echo $!; wait"], { detached: true });
    t.after(() => process.kill(-shell.pid!, "SIGKILL"));
    const [said] = await once(shell.stdout, "data");
    const child = Number(String(said));
    assert.equal(childOf(shell.pid!), child);
    assert.equal(childOf(child), undefined);
    const gone = spawn("/bin/true");
    await once(gone, "close");
    assert.equal(childOf(gone.pid!), undefined);
  },
);
