// That in random runs of several agents every hand-over is answered, in order, whatever the store does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../../../core/log.ts";
import { Journal } from "../../../engine/journal/journal.ts";
import { ManualClock } from "../../support/mcp-clock.ts";
import { createMemoryStore } from "../../support/memory-store.ts";
import { seeded } from "../../support/random.ts";
import { event, handOver } from "../../support/rows.ts";

const SEEDS = Number(process.env.JOURNAL_SEEDS ?? 200);
/** Nobody rests longer after a large hand-over, ms. */
const LONGEST_REST_MS = 500;

async function play(seed: number): Promise<string[]> {
  const random = seeded(seed);
  const int = (most: number) => Math.floor(random() * most);
  const clock = new ManualClock();
  const faults: string[] = [];
  const soon: (() => void)[] = [];
  const inner = createMemoryStore();
  let failing = 0;
  /** Ends the commit under way. */
  let answer: (() => void) | null = null;
  const store = new Proxy(inner, {
    get(target, name) {
      if (name !== "commit") return Reflect.get(target, name, target);
      return (batch: unknown[]) =>
        new Promise((resolve, reject) => {
          if (answer) faults.push("two commits at once");
          answer = () => {
            answer = null;
            if (failing > 0) {
              failing--;
              reject(new Error("the disk is full"));
            } else {
              resolve(batch.map(() =>
                random() < 0.03
                  ? { ok: false, reason: "refused", message: "no" }
                  : { ok: true, eventIds: [] }
              ));
            }
          };
        });
    },
  });
  let several = random() < 0.5;
  const journal = new Journal({
    store: store as never,
    clock,
    log: silentLogger,
    several: () => several,
    soon: (run) => soon.push(run),
    published() {},
  });
  let submitted = 0;
  let answered = 0;
  const last = new Map<string, number>();
  const submit = () => {
    const agent = ["", "a", "b", "c"][int(1 + seed % 4)]!;
    const size = random() < 0.3 ? 16_000 + int(60_000) : int(4_000);
    const number = submitted++;
    const run = 1 + ["", "a", "b", "c"].indexOf(agent);
    const handed = handOver({ events: [event(run, number, { payload: "x".repeat(size) })] });
    journal.submit(handed, (result) => {
      answered++;
      // What builds on one that was left out is told of it together with that one.
      if (result.ok && number < (last.get(agent) ?? -1)) {
        faults.push(`${agent}: ${number} after ${last.get(agent)}`);
      }
      if (result.ok) last.set(agent, number);
    }, agent);
  };
  const settle = async () => {
    for (let i = 0; i < 8; i++) await Promise.resolve();
    for (const run of soon.splice(0)) run();
  };
  const commit = async () => {
    clock.advance(random() < 0.1 ? random() * 300 : random() * 6);
    answer?.();
    await settle();
  };
  for (let i = int(100); i > 0; i--) {
    if (random() < 0.6) submit();
    if (random() < 0.1) several = !several;
    if (random() < 0.05) failing = 1 + int(3);
    if (random() < 0.1) clock.advance(random() * 700);
    await settle();
    if (random() < 0.5) await commit();
  }
  failing = 0;
  const stops = random();
  if (stops < 0.2) journal.stop();
  else if (stops < 0.3) journal.close();
  let drained = false;
  void journal.drained().then(() => drained = true);
  let waited = 0;
  const waiting = submitted - answered;
  for (let i = 0; i < 30_000 && answered < submitted; i++) {
    await settle();
    if (answer) await commit();
    else if (stops < 0.2 && waited > 0) break;
    else {
      clock.advance(1);
      waited++;
    }
  }
  await settle();
  if (answered < submitted) faults.push(`${submitted - answered} were never answered`);
  if (answered > submitted) faults.push("one was answered twice");
  if (!drained) faults.push("drained() does not resolve");
  if (waited > waiting * LONGEST_REST_MS + 5_000) faults.push(`${waiting} waited ${waited} ms`);
  return faults;
}

test("every hand-over is answered, each agent's in their order", async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    assert.deepEqual(await play(seed), [], `seed ${seed}`);
  }
});
