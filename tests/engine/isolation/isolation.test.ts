// What is held, what is told of it, and what is refused for want of it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createIsolation, isolationTable } from "../../../engine/isolation/isolation.ts";
import { createProbes, forgetProbes, theProbes } from "../../../engine/isolation/probes.ts";
import { hasTag, newTag } from "../../../engine/isolation/tag.ts";
import { actionContext, execute, failsWith } from "../../support/action-context.ts";
import { givenProbes, isolationSettings, needsLinux } from "../../support/isolation.ts";

const there = { available: true, by: "a test" };
const command = { command: "true", args: [], cwd: "/", env: {} };

describe("a report", () => {
  const limits = { maxMemory: 2 ** 26, maxCpu: 50, maxPids: 10 };

  test("names what is asked for and is not there", async () => {
    const isolation = createIsolation(isolationSettings(limits), givenProbes({ tree: there }))!;
    const { report, start } = await isolation.cell(command);
    assert.deepEqual(report, { enforced: ["tree"], unavailable: ["memory", "cpu", "pids"] });
    assert.equal(start.command, "/given/prlimit");
    assert.equal(start.args.at(-1), "true");
  });

  test("does not take the limit of each process for one of all", async () => {
    const found = { tree: there, memory_per_process: there };
    const isolation = createIsolation(isolationSettings(limits), givenProbes(found, "/p"))!;
    const { report, start } = await isolation.cell(command);
    assert.deepEqual(report.enforced, ["tree", "memory_per_process"]);
    assert.ok(report.unavailable.includes("memory"));
    assert.ok(start.args.includes(`--data=${2 ** 26}:${2 ** 26}`));
  });

  test("has nothing that nobody has asked for", async () => {
    const found = { tree: there, memory_per_process: there, memory: there };
    const isolation = createIsolation(isolationSettings(), givenProbes(found, "/p"))!;
    assert.deepEqual((await isolation.cell(command)).report, {
      enforced: ["tree"],
      unavailable: [],
    });
  });
});

test("required: nothing is started without one of the guards, and each is named with its remedy", async () => {
  const tree = { available: false, by: "there is no prlimit", remedy: "install util-linux" };
  const settings = isolationSettings({ mode: "required", maxPids: 5 });
  const isolation = createIsolation(settings, givenProbes({ tree }))!;
  const context = actionContext({ host: { isolation } });
  const refused = await execute("shell.exec", { command: "true" }, context).catch((error) => error);
  assert.ok(
    failsWith("ISOLATION_ERROR", /tree \(isolation\): there is no prlimit; install/)(refused),
  );
  assert.match(refused.message, /pids \(shell\.max_pids\): no pids/);
  assert.deepEqual(refused.details, {
    unavailable: ["tree", "pids"],
    setting: "isolation",
    retryable: false,
  });
  const having = createIsolation(settings, givenProbes({ tree: there, pids: there }))!;
  assert.deepEqual((await having.cell(command)).report.unavailable, []);
});

test("those of the process are one set, until they are to be tried anew", () => {
  const probes = theProbes();
  assert.equal(theProbes(), probes);
  forgetProbes();
  assert.notEqual(theProbes(), probes);
});

test("nothing is tried before it is needed, and nothing twice", async () => {
  const asked: string[] = [];
  const given = givenProbes({ tree: there });
  const probes = { ...given, of: (guard: never) => (asked.push(guard), given.of(guard)) };
  const isolation = createIsolation(isolationSettings(), probes)!;
  assert.deepEqual(asked, []);
  await isolation.cell(command);
  assert.deepEqual(asked, ["tree"]);
  const real = createProbes();
  assert.equal(real.of("tree").constructor, Promise);
  assert.equal(await real.of("tree"), await real.of("tree"));
});

test("elsewhere than on Linux nothing is claimed", async () => {
  const table = await isolationTable(isolationSettings(), createProbes("darwin"));
  assert.deepEqual(table.filter(({ available }) => available), []);
  assert.deepEqual(table.filter(({ asked }) => asked).map(({ guard }) => guard), ["tree"]);
});

test("off: the table still says what there would be", async () => {
  const table = await isolationTable(
    isolationSettings({ mode: "off" }),
    givenProbes({ tree: there }),
  );
  assert.deepEqual(table[0], { guard: "tree", asked: false, available: true, by: "a test" });
  assert.equal(table.length, 8);
});

test("tags are never the same, and are read as a whole", { skip: needsLinux }, () => {
  const tags = new Set(Array.from({ length: 100 }, () => newTag()!));
  assert.equal(tags.size, 100);
  const limits = `Max realtime timeout      1234                 1234                 us        \n`;
  assert.deepEqual(["1234", "123", "234"].map((tag) => hasTag(limits, tag)), [true, false, false]);
});
