// How committed events reach those who follow them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../core/clock.ts";
import { silentLogger } from "../../core/log.ts";
import type { LiveEvent } from "../../engine/api.ts";
import { Live } from "../../engine/live.ts";
import { emptyHandOver } from "../../engine/store/store.ts";
import { eventId } from "../support/rows.ts";

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

/** Publishes a commit of so many events, the first of them with this id. */
function publish(live: Live, count: number, first: number) {
  const commit = handOver(count);
  live.publish(commit, commit.events.map((_, i) => eventId(first + i)), runOf);
}

const idsOf = (events: readonly LiveEvent[]) =>
  events.flatMap((item) => item.kind === "event" ? [item.event.id] : []);

const runOf = () => ({ id: "run", templateName: "w", agentId: "a" });

test("many commits are told in several turns, in order, and what comes meanwhile after them", () => {
  const later: (() => void)[] = [];
  let now = 0;
  const clock = { monotonic: () => now } as Clock;
  const live = new Live({
    clock,
    log: silentLogger,
    mostText: 1_000,
    soon: (run) => later.push(run),
  });
  const heard: number[] = [];
  live.subscribe((events) => {
    heard.push(...idsOf(events));
    // Each listener takes its time.
    now += 3;
  });
  for (let i = 0; i < 5; i++) publish(live, 2, 2 * i + 1);
  assert.deepEqual(heard, [1, 2]);
  publish(live, 2, 11);
  while (later.length > 0) later.shift()!();
  assert.deepEqual(heard, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  publish(live, 1, 13);
  assert.equal(heard.at(-1), 13);
});

test("a listener that fails keeps nothing from the others", () => {
  const clock = { monotonic: () => 0 } as Clock;
  const live = new Live({ clock, log: silentLogger, mostText: 1_000, soon: (run) => run() });
  let heard = 0;
  live.subscribe(() => {
    throw new Error("no");
  });
  const stop = live.subscribe((events) => void (heard += events.length));
  publish(live, 2, 1);
  stop();
  publish(live, 2, 3);
  assert.equal(heard, 2);
});

test("who follows one run hears of no other", () => {
  const clock = { monotonic: () => 0 } as Clock;
  const live = new Live({ clock, log: silentLogger, mostText: 1_000, soon: (run) => run() });
  const calls: number[] = [0, 0];
  const stop = live.subscribe(() => void calls[0]!++, "run");
  live.subscribe(() => void calls[1]!++, "other");
  publish(live, 2, 1);
  assert.deepEqual(calls, [1, 0]);
  stop();
  publish(live, 2, 3);
  assert.deepEqual(calls, [1, 0]);
});

test("of more than can be told, all are told which events they are", () => {
  const later: (() => void)[] = [];
  let now = 0;
  const clock = { monotonic: () => now } as Clock;
  const live = new Live({
    clock,
    log: silentLogger,
    mostText: 1_000,
    soon: (run) => later.push(run),
  });
  const all: LiveEvent[] = [];
  const other: LiveEvent[] = [];
  live.subscribe((events) => {
    all.push(...events);
    now += 10;
  });
  live.subscribe((events) => void other.push(...events), "other");
  for (let i = 0; i < 4; i++) publish(live, 10_000, 10_000 * i + 1);
  while (later.length > 0) later.shift()!();
  assert.equal(all.length, 10_001);
  const missed = { kind: "missed", from: 10_001, id: 40_000 };
  assert.deepEqual(all.at(-1), missed);
  assert.deepEqual(other, [missed], "who follows one run cannot know whether these were its");
});
