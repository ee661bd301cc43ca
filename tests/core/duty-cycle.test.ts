// How long who has kept others waiting lets them go first.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DutyCycle } from "../../core/duty-cycle.ts";
import { TestClock } from "../support/test-engine.ts";

function dutyOf() {
  const clock = new TestClock();
  return { clock, duty: new DutyCycle(clock, { least: 2, rest: 3 }) };
}

test("a long piece is followed by a rest in proportion, a short one by none", () => {
  const { clock, duty } = dutyOf();
  duty.worked("short", 2);
  duty.worked("long", 10);
  assert.equal(duty.rests("short"), false);
  assert.equal(duty.rests("long"), true);
  assert.equal(duty.rests("other"), false);
  clock.advance(29);
  assert.equal(duty.rests("long"), true);
  clock.advance(1);
  assert.equal(duty.rests("long"), false);
});

test("nobody rests longer than half a second", () => {
  const { clock, duty } = dutyOf();
  duty.worked("stuck", 60_000);
  clock.advance(500);
  assert.equal(duty.rests("stuck"), false);
});

test("the first who may go on is known, and forgotten once it may", () => {
  const { clock, duty } = dutyOf();
  assert.equal(duty.nextMs(), null);
  duty.worked("a", 10);
  duty.worked("b", 5);
  assert.equal(duty.nextMs(), 15);
  clock.advance(15);
  assert.equal(duty.nextMs(), 15);
  clock.advance(15);
  assert.equal(duty.nextMs(), null);
});

test("of many who never come back few are kept", () => {
  const { clock, duty } = dutyOf();
  for (let i = 0; i < 10_000; i++) {
    duty.worked(`agent ${i}`, 10);
    clock.advance(10);
  }
  assert.ok(duty.size < 2_000, `${duty.size} are kept`);
  assert.equal(duty.rests("agent 9999"), true);
});
