// Whether it is noticed that the wall clock was set while timers sleep.

import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../core/clock.ts";

test("a jump of the wall clock is told once, ahead or back, and none is made up", async (t) => {
  const real = Date.now;
  let set = 0;
  t.mock.method(Date, "now", () => real() + set);
  let told = 0;
  let heard = () => {};
  const stop = systemClock.onJump(() => {
    told++;
    heard();
  });
  // Comparing keeps no process alive, this does.
  const alive = setInterval(() => {}, 60_000);
  t.after(() => clearInterval(alive));
  for (const ms of [3_600_000, -7_200_000]) {
    const next = new Promise<void>((resolve) => heard = resolve);
    set += ms;
    await next;
  }
  assert.equal(told, 2);
  stop();
});
