// When a node looks for what others have done: again and again, sooner when asked, and never twice at once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../../../core/log.ts";
import { Lookout } from "../../../engine/nodes/lookout.ts";
import { ManualClock } from "../../support/mcp-clock.ts";

function started(look: () => Promise<void>) {
  const clock = new ManualClock();
  const env = { clock, log: silentLogger, runs: { stopping: false }, store: { ownership: {} } };
  const lookout = new Lookout(env as never, { everyMs: 100, what: "it", look });
  lookout.start();
  /** Time passes, and what follows from it is done. */
  const pass = async (ms: number) => {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { lookout, pass, env };
}

test("it looks again and again, also when one look has failed", async () => {
  let looks = 0;
  const { pass } = started(() => {
    looks++;
    return looks === 2 ? Promise.reject(new Error("no")) : Promise.resolve();
  });
  for (let n = 1; n <= 4; n++) {
    await pass(99);
    assert.equal(looks, n - 1);
    await pass(1);
    assert.equal(looks, n);
  }
});

test("whoever asks for it again and again brings it forward, and never puts it off", async () => {
  let looks = 0;
  const { lookout, pass } = started(() => Promise.resolve(void looks++));
  for (let ms = 0; ms < 30; ms++) {
    lookout.soon(5);
    await pass(1);
  }
  assert.ok(looks >= 5, `${looks} looks`);
});

test("what is asked for during a look is for the next, and there is one at a time", async () => {
  let looks = 0;
  let end = () => {};
  const { lookout, pass } = started(() => {
    looks++;
    return new Promise((resolve) => end = resolve);
  });
  await pass(100);
  lookout.soon(5);
  await pass(1_000);
  assert.equal(looks, 1);
  end();
  await pass(0);
  await pass(5);
  assert.equal(looks, 2);
});

test("it ends with the engine", async () => {
  let looks = 0;
  const { lookout, pass, env } = started(() => Promise.resolve(void looks++));
  await pass(100);
  env.runs.stopping = true;
  await pass(100);
  await pass(1_000);
  lookout.stop();
  assert.equal(looks, 2);
});
