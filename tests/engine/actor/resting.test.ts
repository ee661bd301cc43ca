// Which suspended runs stay in memory, how many, and for how long.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Resting } from "../../../engine/actor/resting.ts";
import type { RunState } from "../../../engine/state/state.ts";
import { ManualClock } from "../../support/mcp-clock.ts";

const MIB = 1024 * 1024;

function guestOf(
  left: string[],
  name: string,
  more: { steps?: number; mib?: number; status?: string },
) {
  const { steps = 1_000, mib = 1, status = "suspended" } = more;
  const run = {
    row: { status },
    steps: { length: 1 },
    nested: { size: steps - 1 },
    share: { held: mib * MIB },
  } as unknown as RunState;
  return { run, leave: () => void left.push(name) };
}

test("what is small, large or over leaves at once; the others after a minute, or for newer ones", () => {
  const clock = new ManualClock();
  const left: string[] = [];
  const resting = new Resting(clock, 1_600 * MIB);
  assert.equal(resting.keep(guestOf(left, "small", { steps: 255 })), false);
  assert.equal(resting.keep(guestOf(left, "large", { mib: 33 })), false);
  assert.equal(resting.keep(guestOf(left, "over", { status: "completed" })), false);
  const first = guestOf(left, "first", { mib: 12 });
  assert.equal(resting.keep(first), true);
  assert.equal(resting.keep(guestOf(left, "second", { mib: 12 })), true);
  clock.advance(30_000);
  assert.equal(resting.keep(first), true, "it was at work meanwhile");
  assert.equal(resting.keep(guestOf(left, "third", { mib: 12 })), true);
  assert.deepEqual(left, ["second"]);
  clock.advance(59_999);
  assert.deepEqual(left, ["second"]);
  clock.advance(1);
  assert.deepEqual([left, resting.size], [["second", "first", "third"], 0]);
});

test("of a small heap they get a part", () => {
  const resting = new Resting(new ManualClock(), 64 * MIB);
  assert.equal(resting.keep(guestOf([], "one", { mib: 5 })), false);
  assert.equal(resting.keep(guestOf([], "two", { mib: 4 })), true);
  resting.close();
  assert.equal(resting.size, 0);
});
