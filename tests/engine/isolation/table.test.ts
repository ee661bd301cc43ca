// Whether the table of what this machine enforces is true: each thing is tried by a program that is held.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_HOST_LIMITS } from "../../../actions/action.ts";
import type { Guard } from "../../../core/isolation.ts";
import { createIsolation, isolationTable } from "../../../engine/isolation/isolation.ts";
import type { IsolationSettings } from "../../../engine/isolation/settings.ts";
import { actionContext, execute } from "../../support/action-context.ts";
import { detached, isolationSettings, needsLinux } from "../../support/isolation.ts";
import { isDead } from "../../support/processes.ts";
import { scratch } from "../../support/scratch.ts";
import { setTimeout as delay } from "node:timers/promises";

const MIB = 1024 * 1024;

/** The answer of a line of a shell that is held in what these settings ask for, cut short or not. */
async function output(line: string, settings: Partial<IsolationSettings>, more = {}) {
  const isolation = createIsolation(isolationSettings(settings));
  const limits = { ...DEFAULT_HOST_LIMITS, shellKillGraceMs: 100 };
  const context = actionContext({ host: { isolation, limits } });
  const params = { command: line, shell: true, ...more };
  return await execute("shell.exec", params, context).catch(({ details }) => details);
}

/** Whether each holds, as a program finds it. None of them takes much, also where nothing holds it. */
const TRIALS: Record<Guard, (place: string) => Promise<boolean>> = {
  async tree(place) {
    await output(detached(place).command, {}, { workdir: place, timeout: "2s" });
    const pid = Number(readFileSync(join(place, "stray"), "utf8"));
    for (let n = 0; n < 100 && !isDead(pid); n++) await delay(20);
    const gone = isDead(pid);
    if (!gone) process.kill(pid, "SIGKILL");
    return gone;
  },
  // Each 48 MiB, where 64 are allowed in all.
  async memory() {
    const hog = "head -c 48M /dev/zero | tail -c 48M | { sleep 1; wc -c; }";
    const line = `(${hog}) & (${hog}) & wait`;
    const { stdout_raw } = await output(line, { maxMemory: 64 * MIB });
    return stdout_raw !== `${48 * MIB}\n${48 * MIB}\n`;
  },
  async memory_per_process() {
    const { stdout } = await output("head -c 200M /dev/zero | tail -c 200M | wc -c", {
      maxMemory: 64 * MIB,
    });
    return stdout < 200 * MIB;
  },
  // How much it gets on a busy machine says nothing: what the kernel was told does.
  async cpu() {
    const line = "cd /sys/fs/cgroup; " +
      "cat .$(sed -n 's/^0:://p' /proc/self/cgroup)/cpu.max " +
      "cpu$(sed -nE 's/^[0-9]+:(.*,)?cpu(,.*)?:(.*)/\\3/p' /proc/self/cgroup)/cpu.cfs_quota_us";
    return /^10000\b/m.test((await output(line, { maxCpu: 10 })).stdout_raw);
  },
  async pids() {
    const line = "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1 & done; wait; echo all";
    return (await output(line, { maxPids: 6 })).stdout !== "all\n";
  },
  async network() {
    return !(await output("cat /proc/net/dev", { network: false })).stdout.includes("eth") &&
      (await output("cat /proc/net/route /proc/net/tcp", { network: false })).stdout.split("\n")
          .length <= 3;
  },
  async filesystem(place) {
    // Below no /tmp, which is the program's own.
    const { stdout } = await output(
      `[ -w /var ] && echo yes; : > /var/tmp/${process.pid} && echo yes`,
      {
        root: "read_only",
        writable: [place],
      },
    );
    return stdout === "";
  },
  async processes() {
    const { stdout } = await output("ls /proc", { processes: "own" });
    return stdout.split("\n").filter((name: string) => /^\d+$/.test(name)).length < 8;
  },
};

test("what is said to be enforced is, and what is said not to be is not", {
  skip: needsLinux,
}, async (t) => {
  const table = await isolationTable(isolationSettings());
  const found: Record<string, boolean> = {};
  for (const { guard } of table) found[guard] = await TRIALS[guard](scratch(t));
  const said = Object.fromEntries(table.map(({ guard, available }) => [guard, available]));
  t.diagnostic(
    table.map(({ guard, available, by }) => `${guard}: ${available} (${by})`).join("; "),
  );
  assert.deepEqual(found, said);
});
