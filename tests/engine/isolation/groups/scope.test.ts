// Whether a daemon that shares its control group has one of systemd's for its programs, and what is told where it has not.

import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { DEFAULT_HOST_LIMITS } from "../../../../actions/action.ts";
import { CONTROLLERS } from "../../../../engine/isolation/groups/places.ts";
import { type FoundGroup, probeGroup } from "../../../../engine/isolation/groups/probe.ts";
import { hasSystemd, openScope, type Scope } from "../../../../engine/isolation/groups/scope.ts";
import { createIsolation } from "../../../../engine/isolation/isolation.ts";
import { createProbes, type Probes } from "../../../../engine/isolation/probes.ts";
import { processes, readProc } from "../../../../engine/isolation/processes.ts";
import { findTool } from "../../../../engine/isolation/tools.ts";
import { actionContext, execute } from "../../../support/action-context.ts";
import { isolationSettings, needsLinux } from "../../../support/isolation.ts";
import { scratch } from "../../../support/scratch.ts";

const MIB = 1024 * 1024;

/** What keeps scopes of this process open. */
const holders = () =>
  processes().filter(({ pid, parent }) =>
    parent === process.pid && readProc(`${pid}/cmdline`).includes("opcode-scope")
  );

describe("a systemd-run", {
  skip: needsLinux ||
    (process.getuid!() !== 0 && findTool("busctl") === undefined && "there is no busctl"),
}, () => {
  /** A program in the place of it. */
  const program = (t: Parameters<typeof scratch>[0], text: string) => {
    const file = join(scratch(t), "run");
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
    return file;
  };

  test("that fails is told with its last words", async (t) => {
    const failing = program(t, "echo 'Failed to connect to bus: No medium found' >&2; exit 1");
    await assert.rejects(openScope(failing), /^Error: Failed to connect to bus: No medium found$/);
    await assert.rejects(openScope(program(t, "exit 0")), /systemd-run has made no scope/);
    await assert.rejects(openScope(join(scratch(t), "none")), /ENOENT/);
  });

  test("is asked for a group of its own, which is lost when its process ends", async (t) => {
    const asked = join(scratch(t), "asked");
    const run = program(
      t,
      `printf '%s\\n' "$@" > '${asked}'; while [ "$1" != -- ]; do shift; done; shift; exec "$@"`,
    );
    const { lost } = await openScope(run);
    const [holder] = holders();
    assert.ok(holder);
    const words = readFileSync(asked, "utf8").split("\n");
    for (const word of ["--scope", "--collect", "--property=Delegate=yes"]) {
      assert.ok(words.includes(word), word);
    }
    process.kill(holder.pid, "SIGKILL");
    await lost;
  });
});

describe("a scope of systemd", {
  skip: hasSystemd() ? false : "systemd does not run this machine",
}, () => {
  let scope: Promise<Scope>;
  const found = new Map<string, FoundGroup>();
  const all = createProbes();
  const probes: Probes = {
    ...all,
    place: async (controller) => found.get(controller)!.place,
    of: async (guard) => found.get(guard)?.finding ?? all.of(guard),
  };

  // Not sooner: the tests above take the only one that they see for theirs.
  before(async () => {
    scope = openScope();
    const terms = { own: undefined, scope: () => scope, platform: "linux" };
    for (const controller of CONTROLLERS) {
      found.set(controller, await probeGroup(controller, terms));
    }
  });

  test("holds all three, and says so", async () => {
    for (const controller of CONTROLLERS) {
      const { finding } = found.get(controller)!;
      assert.equal(finding.available, true, finding.by);
      assert.match(finding.by, /^a scope of systemd \(cgroups v\d\)$/);
    }
  });

  test("what is over a bound is ended, and told; what is not, is as ever", async () => {
    const bounds = { maxMemory: 32 * MIB, maxPids: 20, maxCpu: 100 };
    const isolation = createIsolation(isolationSettings({ mode: "required", ...bounds }), probes)!;
    const context = actionContext({ host: { isolation, limits: DEFAULT_HOST_LIMITS } });
    const run = (command: string) => execute("shell.exec", { shell: true, command }, context);
    // What systemd-run would end with, were it that which had failed.
    assert.equal((await run("exit 1")).exit_code, 1);
    assert.equal((await run("echo $PPID")).stdout_raw, `${process.pid}\n`);
    const hog = await run("head -c 200M /dev/zero | tail -c 200M | wc -c").catch((error) => error);
    assert.match(hog.message, /killed for want of memory: shell\.max_memory/);
    assert.deepEqual(context.recorded.isolation.at(-1)!.met, ["memory"]);
  });

  test("that is gone is none: the next time another is opened", async () => {
    const own = createProbes();
    const by = (await own.of("pids")).by;
    if (!by.startsWith("a scope")) return;
    const first = await own.place("pids");
    for (const { pid } of holders()) process.kill(pid, "SIGKILL");
    await (await scope).lost;
    for (let n = 0; n < 500 && (await own.place("pids"))?.dir === first!.dir; n++) await delay(20);
    assert.notEqual((await own.place("pids"))!.dir, first!.dir);
  });
});
