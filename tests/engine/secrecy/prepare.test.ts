// Whether runs that know long secrets hold nobody up while what finds those is made.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { Masker } from "../../../engine/secrecy/masker.ts";
import { seeded } from "../../support/random.ts";
import { openTestEngine } from "../../support/test-engine.ts";
import { TestVault } from "../../support/test-vault.ts";

const MARKS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ";
const BAR_MS = 50;

/** 64 KiB in lines: as much to look for as one secret can have. */
function large(seed: number): string {
  const random = seeded(seed);
  return Array.from(
    { length: 65_536 },
    (_, i) => i % 60 === 59 ? "\n" : MARKS[Math.floor(random() * MARKS.length)],
  ).join("");
}

/** Turns of the event loop while something is awaited, and the longest time between two. */
async function turnsDuring(t: TestContext, work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let longest = 0;
  let last = performance.now();
  let open = true;
  const turn = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    turns++;
    if (open) setImmediate(turn);
  };
  setImmediate(turn);
  await work;
  open = false;
  longest = Math.max(longest, performance.now() - last);
  t.diagnostic(`${turns} turns, the longest of ${longest.toFixed(0)} ms`);
  if (process.env.STRICT === "1") assert.ok(longest <= BAR_MS, `${longest} ms`);
  return turns;
}

test("what finds a long secret is made in pieces, once for all who know it", async (t) => {
  const secret = large(1);
  const [first, second] = [new Masker(), new Masker()];
  first.add("a short one");
  assert.equal(first.prepare(), null);
  first.add(secret);
  second.add(secret);
  const both = Promise.all([first.prepare(), second.prepare()]);
  assert.ok(await turnsDuring(t, both) > 5);
  assert.equal(first.prepare(), null);
  for (const masker of [first, second]) {
    assert.equal(masker.text(`<${JSON.stringify(secret)}>`), '<"***">');
  }
  assert.equal(first.text("a short one"), "***");
  // Whoever comes later has it at once, also with others.
  const third = new Masker();
  third.add("another one");
  third.add(secret);
  assert.equal(third.prepare(), null);
});

test("a step that resolves a long secret lets others have their turns before it goes on", async (t) => {
  const secret = large(2);
  const engine = await openTestEngine({ secrets: new TestVault({ TOKEN: secret }) });
  const run = engine.run([
    { id: "a", action: "test.echo", params: { s: "${{secrets.TOKEN}}" } },
    {
      id: "b",
      type: "loop",
      depends_on: ["a"],
      config: {
        over: ["${{secrets.TOKEN}}"],
        body: [{ id: "c", action: "test.echo", params: { s: "${{loop.item}}" } }],
      },
    },
  ], { definition: { inputs: { i: "${{secrets.TOKEN}}" } } });
  assert.ok(await turnsDuring(t, run) > 5);
  const { status, steps, workflow_id } = await run as any;
  assert.equal(status, "completed");
  assert.deepEqual(steps.a.output, { s: "***" });
  const { events } = await engine.store.readRun(workflow_id, { events: 100, seals: false }) as any;
  const starts = events.filter((event: any) => event.type === "step_started");
  assert.deepEqual(starts.map((event: any) => event.stepId).slice(0, 2), ["a", "b"]);
  assert.equal(starts.length, 3);
});

test("a run that knows a long secret has its real values after a restart", async (t) => {
  const secret = large(3);
  const vault = new TestVault({ TOKEN: secret });
  const engine = await openTestEngine({ secrets: vault });
  const run = engine.run([
    { id: "a", action: "test.echo", params: { s: "${{secrets.TOKEN}}" } },
    {
      id: "b",
      action: "test.repeatable",
      depends_on: ["a"],
      params: { s: "${{steps.a.output.s}}" },
    },
  ]);
  await turnsDuring(t, engine.called("b"));
  run.catch(() => {});
  const next = await engine.crash();
  const call = next.called("b");
  // What it had sealed is known again before anything goes on.
  assert.deepEqual((await call).params, { s: secret });
});
