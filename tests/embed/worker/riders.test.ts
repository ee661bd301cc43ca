// Which requests leave the queue together, and whose turn that takes from nobody.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FairQueue } from "../../../core/fair-queue.ts";
import type { Json } from "../../../core/json.ts";
import type { Job } from "../../../embed/worker/job.ts";
import { QuickSources } from "../../../embed/worker/quick-sources.ts";
import { gather } from "../../../embed/worker/riders.ts";

function job(source: string, data: Json, more: Partial<Job> = {}): Job {
  return {
    party: { agent: "a", run: "r" },
    request: { engine: "jq", source, data, mode: "value" },
    isGivenUp: false,
    isAlone: false,
    room: undefined,
    deadlineMs: 2_000,
    resolve() {},
    reject() {},
    ...more,
  };
}

function quickly(...sources: string[]): QuickSources {
  const quick = new QuickSources();
  for (const source of sources) quick.note(source, 1);
  return quick;
}

function gathered(jobs: Job[], quick: QuickSources) {
  const waiting = new FairQueue<Job>();
  for (const each of jobs) waiting.push(each.party, each);
  const first = waiting.shift()!;
  const riders = gather({ job: first, data: JSON.stringify(first.request.data) }, waiting, quick);
  return { riders: riders.map(({ job, data }) => [job.party.run, data]), waiting };
}

test("quick programs of one agent travel together, its runs in turns, at most a hundred", () => {
  const jobs = Array.from({ length: 300 }, (_, n) => {
    const party = n % 3 === 2 ? { agent: "b", run: "x" } : { agent: "a", run: `r${n % 3}` };
    return job(n % 2 ? ".a" : ".b", n, { party });
  });
  const { riders, waiting } = gathered(jobs, quickly(".a", ".b"));
  assert.equal(riders.length, 100);
  assert.deepEqual(riders.slice(0, 4), [["r0", "0"], ["r1", "1"], ["r0", "3"], ["r1", "4"]]);
  assert.equal(waiting.size, 200);
  // The other agent has waited since before.
  assert.equal(waiting.shift()!.party.agent, "b");
});

test("what is not known, slow, large, unreadable, given up or was in company before waits", () => {
  const unreadable = {
    get n(): Json {
      throw new Error("no");
    },
  };
  const others = [
    job(".new", 1),
    job(".slow", 1),
    job(".a", "x".repeat(20_000)),
    job(".a", unreadable),
    job(".a", 1, { isGivenUp: true }),
    job(".a", 1, { isAlone: true }),
    job("$__loc__", 1),
    job(".a", 1, { request: { engine: "cel", source: ".a", data: 1, mode: "value" } }),
    job(".a", 1, { request: { engine: "jq", source: ".a", data: 1, mode: "check" } }),
  ];
  const quick = quickly(".a", "$__loc__");
  quick.note(".slow", 21);
  for (const other of others) {
    const { riders, waiting } = gathered([job(".a", 0), job(".a", 1), other, job(".a", 2)], quick);
    assert.deepEqual(riders.map(([, data]) => data), ["0", "1"]);
    assert.equal(waiting.size, 2);
    // Nor does anything travel with it.
    if (other.request.data !== unreadable && !other.isGivenUp) {
      assert.equal(gathered([other, job(".a", 1)], quick).riders.length, 1);
    }
  }
});

test("together they are neither long nor slow", () => {
  const long = Array.from({ length: 100 }, () => job(".a", "x".repeat(10_000)));
  assert.equal(gathered(long, quickly(".a")).riders.length, 26);
  const quick = new QuickSources();
  quick.note(".a", 19);
  const slow = Array.from({ length: 100 }, () => job(".a", 1));
  assert.equal(gathered(slow, quick).riders.length, 21);
});

test("of the programs that are quick as many are known as fit, the latest", () => {
  const quick = quickly(...Array.from({ length: 1_100 }, (_, n) => `.n${n}`));
  assert.equal(quick.msOf(".n99"), undefined);
  assert.equal(quick.msOf(".n100"), 1);
  for (let n = 0; n < 20; n++) quick.note(`${n}${"x".repeat(16_000)}`, 1);
  assert.equal(quick.msOf(".n1099"), undefined);
  quick.note(".a", 1);
  quick.forget(".a");
  assert.equal(quick.msOf(".a"), undefined);
});
