// Whether bounds hold for a program with all that it starts, and what is told of those it has met.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { DEFAULT_HOST_LIMITS } from "../../../../actions/action.ts";
import type { OpcodeError } from "../../../../core/errors.ts";
import type { JsonObject } from "../../../../core/json.ts";
import { makeGroup, removeAbandoned } from "../../../../engine/isolation/groups/group.ts";
import { createIsolation } from "../../../../engine/isolation/isolation.ts";
import { createProbes } from "../../../../engine/isolation/probes.ts";
import { taggedProcesses } from "../../../../engine/isolation/tag.ts";
import type { IsolationSettings } from "../../../../engine/isolation/settings.ts";
import { actionContext, execute } from "../../../support/action-context.ts";
import { isolationSettings } from "../../../support/isolation.ts";
import { scratch } from "../../../support/scratch.ts";

const MIB = 1024 * 1024;
const probes = createProbes();
const places = {
  memory: await probes.place("memory"),
  cpu: await probes.place("cpu"),
  pids: await probes.place("pids"),
};
const lacks = (controller: keyof typeof places) =>
  places[controller] === undefined && `no ${controller} group here`;

async function run(params: JsonObject, settings: Partial<IsolationSettings>) {
  const isolation = createIsolation(isolationSettings(settings), probes)!;
  const limits = { ...DEFAULT_HOST_LIMITS, shellKillGraceMs: 100 };
  const context = actionContext({ host: { isolation, limits } });
  const outcome: { output?: JsonObject; error?: OpcodeError } = {};
  await execute("shell.exec", { shell: true, ...params }, context).then(
    (output) => outcome.output = output,
    (error) => outcome.error = error,
  );
  return { ...outcome, reports: context.recorded.isolation };
}

/** Those that this process has made. */
function groupsLeft(): string[] {
  // The second version has one directory for all.
  const dirs = new Set(Object.values(places).flatMap((place) => place ? [place.dir] : []));
  return [...dirs].flatMap((dir) => readdirSync(dir))
    .filter((name) => name.startsWith(`opcode-${process.pid}-`));
}

after(() => assert.deepEqual(groupsLeft(), []));

test("a part that is killed for want of memory fails the step, whatever the rest says", {
  skip: lacks("memory"),
}, async () => {
  const command = "head -c 200M /dev/zero | tail -c 200M | wc -c";
  const { error, reports } = await run({ command }, { maxMemory: 32 * MIB });
  assert.equal(error?.code, "EXECUTION_ERROR");
  assert.match(error!.message, /killed for want of memory: shell\.max_memory/);
  assert.deepEqual(reports.at(-1), {
    enforced: ["tree", "memory"],
    unavailable: [],
    met: ["memory"],
  });
});

test("a fork bomb has as many processes as it may, and ends with its step", {
  skip: lacks("pids"),
}, async (t) => {
  const place = scratch(t);
  const command =
    "cat /proc/self/limits > limits; bomb() { bomb & bomb & sleep 60; }; bomb & exec sleep 60";
  const bombing = run({ command, workdir: place, timeout: "2s" }, { maxPids: 24 });
  let most = 0;
  let tag = "";
  const look = setInterval(() => {
    if (existsSync(join(place, "limits"))) {
      tag = /realtime timeout +(\d+)/.exec(readFileSync(join(place, "limits"), "utf8"))?.[1] ?? "";
    }
    if (tag !== "") most = Math.max(most, taggedProcesses(tag).length);
  }, 50);
  const { error, reports } = await bombing;
  clearInterval(look);
  assert.equal(error?.code, "TIMEOUT_ERROR");
  assert.ok(most > 2 && most <= 24, `${most} at once`);
  assert.deepEqual(taggedProcesses(tag), []);
  assert.deepEqual(reports.at(-1)!.met, ["pids"]);
});

test("of the time of a processor it has what it may", { skip: lacks("cpu") }, async () => {
  const command = "timeout 1 sh -c 'while :; do :; done'; times";
  const { output } = await run({ command }, { maxCpu: 10 });
  // The second line is of what it has started: user and system.
  const [minutes, seconds] = /\n(\d+)m([\d.]+)s/.exec(output!.stdout_raw as string)!.slice(1);
  const used = 60 * Number(minutes) + Number(seconds);
  assert.ok(used < 0.5, `${used} s`);
});

test("what has met nothing is told of nothing, and its output is its own", async () => {
  const bounds = { maxMemory: 512 * MIB, maxPids: 100, maxCpu: 200 };
  const { output, reports } = await run({ command: "echo hi" }, bounds);
  assert.equal(output!.stdout, "hi\n");
  assert.equal(reports.length, 1);
  assert.equal(reports[0]!.met, undefined);
});

test("a group in which something is left running goes once that has ended", {
  skip: lacks("pids"),
}, async () => {
  const command = "sleep 60 > /dev/null 2>&1 & echo $!";
  const { output } = await run({ command }, { maxPids: 20 });
  assert.equal(groupsLeft().length, 1);
  process.kill(output!.stdout as number, "SIGKILL");
  // The kernel takes a dead process out of its group by and by.
  for (let n = 0; n < 200 && groupsLeft().length > 0; n++) {
    await run({ command: "true" }, { maxPids: 20 });
  }
});

test("with namespaces, too", {
  skip: lacks("pids") || (await probes.of("processes")).available === false,
}, async () => {
  const command = "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1 & done; wait; echo all";
  const { output, reports } = await run({ command }, { maxPids: 6, processes: "own" });
  assert.notEqual(output!.stdout, "all\n");
  assert.deepEqual(reports.at(-1)!.enforced.toSorted(), ["pids", "processes", "tree"]);
});

describe("files", () => {
  test("of the second version are written in one directory", (t) => {
    const dir = scratch(t);
    const place = { version: 2, dir } as const;
    const all = { memory: place, cpu: place, pids: place };
    const bounds = { memory: 7 * MIB, cpu: 150, pids: 9 };
    const group = makeGroup(all, bounds);
    const [name] = readdirSync(dir);
    const read = (file: string) => readFileSync(join(dir, name!, file), "utf8");
    assert.deepEqual(group.entries, [`echo 0 > '${join(dir, name!, "cgroup.procs")}'`]);
    assert.deepEqual(["memory.max", "cpu.max", "pids.max"].map(read), [
      `${7 * MIB}`,
      "150000 100000",
      "9",
    ]);
    writeFileSync(join(dir, name!, "memory.events"), "low 0\noom 3\noom_kill 1\n");
    writeFileSync(join(dir, name!, "pids.events"), "max 0\n");
    assert.deepEqual(group.met(), ["memory"]);
  });

  test("only groups of daemons that are gone are removed", (t) => {
    const dir = scratch(t);
    // Above what a pid may be.
    const gone = `opcode-${2 ** 22 + 7}-1`;
    for (const name of [gone, `opcode-${process.pid}-9`, "opcode-daemon", "other"]) {
      mkdirSync(join(dir, name));
    }
    removeAbandoned({ pids: { version: 2, dir } });
    assert.deepEqual(
      readdirSync(dir).toSorted(),
      [`opcode-${process.pid}-9`, "opcode-daemon", "other"].toSorted(),
    );
  });
});
