// When an alarm goes off that was set several times.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Alarm } from "../../core/alarm.ts";
import { ManualClock } from "../support/mcp-clock.ts";

function open() {
  const clock = new ManualClock();
  const rung: number[] = [];
  return { clock, rung, alarm: new Alarm(clock, () => rung.push(clock.monotonic())) };
}

test("it goes off once, at the earliest of the times", () => {
  const { clock, rung, alarm } = open();
  for (const ms of [50, 20, Infinity, 90]) alarm.in(ms);
  clock.advance(200);
  assert.deepEqual(rung, [20]);
  assert.equal(clock.pending, 0);
});

test("what is past is due now, and after it has gone off it can be set anew", () => {
  const { clock, rung, alarm } = open();
  alarm.in(-5);
  clock.advance(0);
  alarm.in(30);
  clock.advance(100);
  assert.deepEqual(rung, [0, 30]);
});

test("closed, it does not go off, and is not set again", () => {
  const { clock, rung, alarm } = open();
  alarm.in(10);
  alarm.close();
  alarm.in(10);
  assert.equal(clock.pending, 0);
  clock.advance(100);
  assert.deepEqual(rung, []);
});
