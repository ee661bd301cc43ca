// How committed events reach those who follow them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../core/clock.ts";
import { silentLogger } from "../../core/log.ts";
import type { LiveEvent } from "../../engine/api.ts";
import { Live } from "../../engine/live.ts";
import { emptyHandOver } from "../../engine/store/store.ts";

function handOver(count: number) {
  const events = Array.from({ length: count }, (_, i) => ({
    runNo: 1,
    seq: i + 1,
    type: "step_started" as const,
    stepId: "a",
    payload: null,
    agentId: null,
    at: 0,
  }));
  return { ...emptyHandOver(), events };
}

const runOf = () => ({ id: "run", templateName: "w" });

test("a large commit is told in several turns, in order, and what comes meanwhile after it", () => {
  const later: (() => void)[] = [];
  let now = 0;
  const clock = { monotonic: () => now } as Clock;
  const live = new Live({ clock, log: silentLogger, soon: (run) => later.push(run) });
  const heard: number[] = [];
  live.subscribe((item: LiveEvent) => {
    if (item.kind === "event") heard.push(item.event.id);
    // Each listener takes its time.
    now += 1;
  });
  live.publish(handOver(10), 1, runOf);
  assert.deepEqual(heard, [1, 2, 3, 4, 5, 6]);
  live.publish(handOver(2), 11, runOf);
  assert.equal(heard.length, 6);
  while (later.length > 0) later.shift()!();
  assert.deepEqual(heard, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  live.publish(handOver(1), 13, runOf);
  assert.equal(heard.at(-1), 13);
});

test("a listener that fails keeps nothing from the others", () => {
  const clock = { monotonic: () => 0 } as Clock;
  const live = new Live({ clock, log: silentLogger, soon: (run) => run() });
  let heard = 0;
  live.subscribe(() => {
    throw new Error("no");
  });
  const stop = live.subscribe(() => heard++);
  live.publish(handOver(2), 1, runOf);
  stop();
  live.publish(handOver(2), 3, runOf);
  assert.equal(heard, 2);
});
