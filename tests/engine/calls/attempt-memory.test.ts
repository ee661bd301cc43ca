// When an action may go on that has asked for memory: what needs much of it is work for the event loop too.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "../../../engine/actor/pace.ts";
import { Presence } from "../../../engine/actor/presence.ts";
import type { Suspects } from "../../../engine/actor/suspects.ts";
import { AttemptMemory } from "../../../engine/calls/attempt-memory.ts";
import { Budgets } from "../../../engine/memory/budgets.ts";
import { Share } from "../../../engine/memory/share.ts";
import type { RunState } from "../../../engine/state/state.ts";
import { TestClock } from "../../support/test-engine.ts";

const LIMITS = { runBytes: 1e9, agentBytes: 1e9, totalBytes: 1e9, runSteps: 1 };
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Four attempts of one agent, whose results come in one turn of the event loop. */
function together({ beside }: { beside: boolean }) {
  const clock = new TestClock();
  const presence = new Presence(clock);
  const slices: (() => void)[] = [];
  const pace = new Pace({ clock, presence, soon: (run) => slices.push(run) });
  if (beside) presence.note("other");
  presence.note("a");
  const port = {
    budgets: new Budgets(LIMITS),
    pace,
    suspects: { look() {} } as unknown as Suspects,
  };
  const went: number[] = [];
  for (let i = 0; i < 4; i++) {
    const share = new Share();
    port.budgets.admit(share, { runNo: i, agentId: "a" });
    const run = { row: { agentId: "a" }, share } as RunState;
    new AttemptMemory(port, run, {}).reserve(1_000_000).then(() => went.push(i));
  }
  return { slices, went };
}

test("while another agent is at work, one goes on in each slice", async () => {
  const { slices, went } = together({ beside: true });
  for (let i = 0; i < 4; i++) {
    await settled();
    assert.equal(went.length, i);
    slices.shift()!();
  }
  await settled();
  assert.deepEqual(went, [0, 1, 2, 3]);
});

test("while its agent is alone it goes on at once", async () => {
  const { slices, went } = together({ beside: false });
  await settled();
  assert.deepEqual([went, slices.length], [[0, 1, 2, 3], 0]);
});
