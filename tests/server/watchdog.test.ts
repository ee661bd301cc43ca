// That what keeps the event loop for too long is logged with who had it done, and nothing else is.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { type LogFields, silentLogger } from "../../core/log.ts";
import { type Worker, workFor, working } from "../../core/working.ts";
import { watchEventLoop } from "../../server/watchdog.ts";

/** So that a busy machine is not taken for a block. */
const LONGEST_MS = 500;

const named = (fields: LogFields): Worker => ({ workFields: () => fields });

/** So long by the clock of this thread, as the watchdog counts: what others do meanwhile is not it. */
function compute(ms: number): void {
  const used = () => {
    const { user, system } = (process.threadCpuUsage ?? process.cpuUsage).call(process);
    return (user + system) / 1000;
  };
  const until = used() + ms;
  while (used() <= until);
}

/** The first line that the watchdog logs while `work` is done, and after. */
async function lineDuring(work: () => unknown): Promise<LogFields> {
  const { promise, resolve } = Promise.withResolvers<LogFields>();
  const stop = watchEventLoop({
    ...silentLogger,
    warn(message, fields) {
      assert.equal(message, "the event loop was blocked");
      resolve(fields!);
    },
  }, { longestMs: LONGEST_MS });
  // Its timers do not keep a process alive.
  const alive = setInterval(() => {}, 1_000);
  try {
    await work();
    return await promise;
  } finally {
    stop();
    clearInterval(alive);
  }
}

test("a block names the piece that took longest, how long, and how much of it was computing", async () => {
  const line = await lineDuring(() => {
    working(named({ workflow_id: "one" }), "a");
    compute(50);
    working(named({ workflow_id: "two", template: "t" }), "b");
    compute(700);
    working(named({ workflow_id: "three" }));
  });
  assert.equal(line.workflow_id, "two");
  assert.equal(line.template, "t");
  assert.equal(line.part, "b");
  assert.ok(Number(line.blocked_ms) >= 700, JSON.stringify(line));
  assert.ok(Number(line.cpu_ms) >= 600 && Number(line.piece_ms) >= 600, JSON.stringify(line));
});

test("what a request does after a pause is still its own", async () => {
  const line = await lineDuring(() =>
    workFor(named({ method: "POST", path: "/x" }), async () => {
      await new Promise((resolve) => setImmediate(resolve));
      working(named({ workflow_id: "another" }));
      working();
      compute(700);
    })
  );
  assert.equal(line.path, "/x");
  assert.equal(line.workflow_id, undefined);
});

test("those that follow soon are one line: how many there were, and the worst of them", async () => {
  const lines: LogFields[] = [];
  const stop = watchEventLoop({
    ...silentLogger,
    warn: (_, fields) => void lines.push(fields!),
  }, { longestMs: LONGEST_MS, lineEveryMs: 3_600_000 });
  for (const ms of [600, 550, 1_200, 550]) {
    working(named({ workflow_id: String(ms) }));
    compute(ms);
    working();
    // Looked at between any two of them.
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  assert.deepEqual(lines.map(({ workflow_id, blocks }) => [workflow_id, blocks]), [
    ["600", undefined],
  ]);
  stop();
  assert.equal(lines.length, 2);
  assert.equal(lines[1]!.blocks, 3);
  assert.ok(Number(lines[1]!.blocked_ms) >= 1_200, JSON.stringify(lines));
  assert.equal(typeof lines[1]!.workflow_id, "string");
});

test("rest is no block, neither before nor after work", async () => {
  const lines: LogFields[] = [];
  const stop = watchEventLoop({
    ...silentLogger,
    warn: (_, fields) => void lines.push(fields!),
  }, { longestMs: LONGEST_MS });
  const turn = () => new Promise((resolve) => setTimeout(resolve, 30));
  for (let i = 0; i < 5; i++) {
    working(named({ workflow_id: String(i) }));
    await turn();
  }
  stop();
  assert.deepEqual(lines, []);
});

test("a pause in which little was computed is the machine's, unless it is long", async () => {
  const lines: LogFields[] = [];
  const stop = watchEventLoop({
    ...silentLogger,
    warn: (_, fields) => void lines.push(fields!),
  }, { longestMs: LONGEST_MS, longestPauseMs: 1_500, lineEveryMs: 0 });
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  for (const [id, ms] of [["short", 900], ["long", 2_000]] as const) {
    working(named({ workflow_id: id }));
    Atomics.wait(nothing, 0, 0, ms);
    working();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  stop();
  assert.deepEqual(lines.map(({ workflow_id }) => workflow_id), ["long"]);
});

/**
 * How many blocks each line tells of, when one of 100 ms comes every so many seconds and it is
 * stopped as many seconds `after` the last.
 */
function blocksTold(
  t: TestContext,
  { every, times, after = 0 }: { every: number; times: number; after?: number },
): number[] {
  let now = 1_000_000;
  let computed = 0;
  t.mock.method(performance, "now", () => now);
  t.mock.method(process, "threadCpuUsage", () => ({ user: computed * 1_000, system: 0 }));
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const lines: LogFields[] = [];
  const stop = watchEventLoop({
    ...silentLogger,
    warn: (_, fields) => void lines.push(fields!),
  });
  const beat = (ms: number) => {
    now += ms;
    t.mock.timers.tick(10);
  };
  for (let i = 0; i < times; i++) {
    working(named({ workflow_id: "one" }));
    computed += 100;
    beat(110);
    for (let left = every * 100 - 11; left > 0; left--) beat(10);
  }
  for (let left = after * 100; left > 0; left--) beat(10);
  const told = lines.length;
  stop();
  if (after > 0) assert.equal(lines.length, told, "nothing was left for the stop");
  return lines.map(({ blocks = 1 }) => Number(blocks));
}

test("at most one line a minute while there is work", (t) => {
  assert.deepEqual(blocksTold(t, { every: 1, times: 180 }), [1, 60, 60, 59]);
});

test("no more where it rests in between", (t) => {
  assert.deepEqual(blocksTold(t, { every: 20, times: 6 }), [1, 3, 2]);
});

test("what came last is told though nothing follows", (t) => {
  assert.deepEqual(blocksTold(t, { every: 20, times: 2, after: 60 }), [1, 1]);
});
