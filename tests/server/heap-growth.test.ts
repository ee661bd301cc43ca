// Whether a heap at work stays small: what is garbage is collected before it is many times what lives.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { YoungGrowth } from "../../server/heap-growth.ts";

const MIB = 1024 * 1024;

test("the young generation grows up to its bound, and again after it was trimmed", () => {
  const flags: string[] = [];
  const young = new YoungGrowth((flag) => flags.push(flag));
  for (const size of [2, 8, 27]) young.takes(size * MIB);
  assert.deepEqual(flags, []);
  for (const size of [28, 34]) young.takes(size * MIB);
  assert.deepEqual(flags, ["--semi-space-growth-factor=1"]);
  young.takes(2 * MIB);
  assert.deepEqual(flags, ["--semi-space-growth-factor=1", "--semi-space-growth-factor=2"]);
});

/** Megabytes that the heap takes at most while objects live for a while and then no more. */
function mostHeap(begin: string): { young: number; all: number } {
  const program = `
    import { setImmediate } from "node:timers/promises";
    import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";
    ${begin}
    const lasting = Array.from({ length: 200_000 }, (_, i) => ({ i, text: "x" + i }));
    const line = [];
    let young = 0, all = 0;
    for (let turn = 0; turn < 3_000; turn++) {
      line.push(Array.from({ length: 2_000 }, (_, i) => ({ i, turn })));
      if (line.length > 600) line.shift();
      if (turn % 20) continue;
      await setImmediate();
      const spaces = getHeapSpaceStatistics();
      young = Math.max(young, spaces.find((one) => one.space_name === "new_space").space_size);
      all = Math.max(all, getHeapStatistics().total_heap_size);
    }
    console.log(JSON.stringify({ young, all, lasting: lasting.length }));`;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", program],
    { encoding: "utf8", cwd: new URL("../..", import.meta.url) },
  );
  assert.equal(status, 0, stderr);
  const { young, all } = JSON.parse(stdout) as { young: number; all: number };
  return { young: Math.round(young / MIB), all: Math.round(all / MIB) };
}

/** The middle one of three such: when V8 collects hangs together with how busy the machine is. */
function usualHeap(begin: string): { young: number; all: number } {
  const tries = [mostHeap(begin), mostHeap(begin), mostHeap(begin)];
  return tries.toSorted((a, b) => a.all - b.all)[1]!;
}

test("a process at work takes less by it", (t) => {
  const free = usualHeap("");
  const file = new URL("../../server/heap-growth.ts", import.meta.url).href;
  const bound = usualHeap(
    `import { boundHeapGrowth } from ${JSON.stringify(file)}; boundHeapGrowth();`,
  );
  t.diagnostic(`MB at most: ${JSON.stringify({ free, bound })}`);
  assert.ok(bound.all < free.all * 0.9);
  // The young generation's part varies by more than the whole.
  if (process.env.STRICT) assert.ok(free.young > 44 && bound.young <= 44);
});

test("whatever limit the heap was given holds", () => {
  const module = JSON.stringify(new URL("../../server/heap-growth.ts", import.meta.url).href);
  const source = `
    const { boundHeapGrowth } = await import(${module});
    const { getHeapStatistics } = await import("node:v8");
    const limit = () => getHeapStatistics().heap_size_limit;
    const before = limit();
    boundHeapGrowth();
    console.log(JSON.stringify([before, limit()]));`;
  const node = (flag: string, NODE_OPTIONS = "") => {
    const args = [...flag === "" ? [] : [flag], "--input-type=module", "-e", source];
    const env = { ...process.env, NODE_OPTIONS };
    const { stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
    assert.notEqual(stdout, "", stderr);
    return JSON.parse(stdout) as [number, number];
  };
  for (
    const flag of ["--max-old-space-size=200", "--max-heap-size=300", "--max-old-space-size=1400"]
  ) {
    for (const [before, after] of [node(flag), node("", flag)]) {
      assert.equal(after, before);
      const given = Number(flag.split("=")[1]) * MIB;
      assert.ok(after >= given && after < given + 200 * MIB, `${flag}: ${after}`);
    }
  }
});
