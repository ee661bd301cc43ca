// How an engine stops: what runs gets its time, what does not end is marked, nothing is lost.

import type { Timers } from "./schedule/timers.ts";
import type { EngineEnv } from "./run/env.ts";

/** How long external steps in flight may take to end by themselves. */
const GRACE_MS = 10_000;

export async function stopEngine(env: EngineEnv, timers: Timers): Promise<void> {
  env.slots.close();
  timers.close();
  env.runs.close();
  await inTime(env, env.slots.idle(), GRACE_MS);
  for (const actor of env.runs.all()) actor.post({ kind: "shutdown" });
  // Posted turns run first; what they hand over is drained after them.
  await new Promise<void>((resolve) => env.soon(resolve));
  // A store that takes no commits must not keep the daemon from ending.
  await inTime(env, env.journal.drained(), GRACE_MS);
  await env.store.close();
}

async function inTime(env: EngineEnv, work: Promise<void>, ms: number): Promise<void> {
  let disarm = () => {};
  await Promise.race([
    work,
    new Promise<void>((resolve) => disarm = env.clock.after(ms, resolve)),
  ]);
  disarm();
}
