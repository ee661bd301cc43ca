// Whether waits of any length end when they should.

import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { systemClock } from "../../core/clock.ts";

const DAY = 86_400_000;
/** What one timer of the system can wait. */
const LONGEST = 2 ** 31 - 1;

// Not every runtime gives a test mocks of its own.
afterEach(() => mock.reset());

test("a wait beyond 24.8 days is made of shorter ones, and ends when it should", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const set = mock.method(globalThis, "setTimeout");
  let woken = 0;
  systemClock.after(60 * DAY, () => woken++);
  // To the ends of its parts: the mocked time of a part begins where a tick ends.
  for (const ms of [LONGEST, LONGEST, 60 * DAY - 2 * LONGEST - 1]) mock.timers.tick(ms);
  assert.equal(woken, 0);
  mock.timers.tick(1);
  assert.equal(woken, 1);
  const delays = set.mock.calls.map(({ arguments: [, ms] }) => ms as number);
  assert.ok(Math.max(...delays) <= LONGEST, `${delays}`);
  assert.equal(delays.reduce((sum, ms) => sum + ms, 0), 60 * DAY);
});

test("a wait that is called off in any of its parts wakes nobody", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  for (const days of [0, 1, 26, 55]) {
    const cancel = systemClock.after(60 * DAY, () => assert.fail(`woken after ${days} days`));
    mock.timers.tick(days * DAY);
    cancel();
    mock.timers.tick(100 * DAY);
  }
});
