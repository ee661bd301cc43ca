// That in random runs of many agents every request and turn is served, in order and in time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "../../../engine/actor/pace.ts";
import { Presence } from "../../../engine/actor/presence.ts";
import { seeded } from "../../support/random.ts";
import { ManualClock } from "../../support/mcp-clock.ts";

const SEEDS = Number(process.env.PACE_SEEDS ?? 300);
/** Nobody rests longer after a request, ms. */
const LONGEST_REST_MS = 500;

interface Ask {
  agent: string;
  order: number;
  /** When it was asked, and when it was served, ms. */
  askedAt: number;
  servedAt: number | null;
}

async function play(seed: number): Promise<string[]> {
  const random = seeded(seed);
  const int = (most: number) => Math.floor(random() * most);
  const clock = new ManualClock();
  const presence = new Presence(clock);
  const slices: (() => void)[] = [];
  const settling: (() => void)[] = [];
  const pace = new Pace({
    clock,
    presence,
    soon: (run) => slices.push(run),
    settled: (run) => settling.push(run),
  });
  const faults: string[] = [];
  const asks: Ask[] = [];
  let turns = 0;
  let turnsDone = 0;
  const served: Ask[] = [];
  let workMs = 0;

  const ask = () => {
    const agent = ["", "a", "b", "c"][int(1 + seed % 4)]!;
    const one: Ask = { agent, order: asks.length, askedAt: clock.monotonic(), servedAt: null };
    asks.push(one);
    const cost = random() < 0.3 ? 0 : random() * (random() < 0.1 ? 400 : 8);
    void pace.request(agent, async () => {
      one.servedAt = clock.monotonic();
      const later = served.find((other) => other.agent === agent && other.order > one.order);
      if (later) faults.push(`${agent}: ${later.order} came before ${one.order}`);
      served.push(one);
      workMs += cost;
      clock.advance(cost);
      await Promise.resolve();
    });
  };
  const turn = () => {
    turns++;
    const agent = ["", "a", "b", "c"][int(4)]!;
    pace.soon({ agent, run: String(int(2)) }, () => {
      presence.note(agent);
      turnsDone++;
      const cost = random() * 3;
      workMs += cost;
      clock.advance(cost);
    });
  };
  /** A round of the event loop. */
  const round = async () => {
    for (const run of slices.splice(0)) {
      run();
      for (let i = 0; i < 6; i++) await Promise.resolve();
      for (const settled of settling.splice(0)) settled();
      for (let i = 0; i < 6; i++) await Promise.resolve();
    }
    for (const settled of settling.splice(0)) settled();
  };
  for (let i = int(120); i > 0; i--) {
    if (random() < 0.5) ask();
    if (random() < 0.3) turn();
    if (random() < 0.1) clock.advance(random() * (random() < 0.2 ? 1_500 : 20));
    if (random() < 0.6) await round();
  }
  const passed = random() < 0.2;
  let isPassed = false;
  if (passed) void pace.passed().then(() => isPassed = true);
  const waiting = asks.filter(({ servedAt }) => servedAt === null).length;
  // From here on nobody asks: all are served after one another, with their rests.
  const began = clock.monotonic();
  workMs = 0;
  for (let i = 0; i < 4_000; i++) {
    await round();
    if (slices.length > 0) continue;
    const left = asks.filter(({ servedAt }) => servedAt === null).length + turns - turnsDone;
    if (left === 0 && (!passed || isPassed)) break;
    if (passed) {
      faults.push(`passed, and ${left} are not served`);
      break;
    }
    clock.advance(1);
  }
  const left = asks.filter(({ servedAt }) => servedAt === null);
  if (left.length > 0) faults.push(`${left.length} requests are never served`);
  if (turnsDone < turns) faults.push(`${turns - turnsDone} turns are never taken`);
  const tookMs = clock.monotonic() - began - workMs;
  const mostMs = (waiting + 4) * LONGEST_REST_MS;
  if (tookMs > mostMs) faults.push(`${waiting} waited ${tookMs} ms`);
  if (passed && !isPassed) faults.push("passed() never resolves");
  return faults;
}

test("every request and turn is served, each agent's requests in their order", async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    assert.deepEqual(await play(seed), [], `seed ${seed}`);
  }
});
