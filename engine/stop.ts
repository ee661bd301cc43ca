// How an engine stops: what runs gets its time, what does not end is marked, nothing is lost.

import { OpcodeError } from "../core/errors.ts";
import type { Timers } from "./schedule/timers.ts";
import type { EngineEnv } from "./run/env.ts";

/**
 * How long external steps in flight may take to end by themselves, and the store to take what is
 * left: together less than the 10 s after which whoever stops a daemon usually kills it.
 */
const STEPS_MS = 8_000;
const STORE_MS = 1_000;

/** Of the time for steps, what programs have at most to end once they were told to. */
const LONGEST_GRACE_MS = 7_000;
/** For the kernel, once they are killed. */
const MARGIN_MS = 200;

export async function stopEngine(env: EngineEnv, timers: Timers): Promise<void> {
  env.slots.close();
  timers.close();
  env.runs.close();
  await stepsEnded(env);
  for (const actor of env.runs.all()) actor.post({ kind: "shutdown" });
  // Posted turns run first; what they hand over is drained after them.
  await env.pace.passed();
  env.journal.stop();
  await inTime(env, env.journal.drained(), STORE_MS);
  env.journal.close();
  const error = new OpcodeError("BUSY", "the daemon is stopping", {
    details: { retry_after_ms: 1_000, maybe_stored: true },
  });
  env.runs.dismiss(error);
  const programs = env.host.programsEnded?.();
  if (programs) await inTime(env, programs, graceOf(env) + MARGIN_MS);
  await env.store.close();
}

/**
 * Gives the steps under way their time. Where it would be over with programs that still run, those
 * are told to end so much earlier that they have their grace within it.
 */
async function stepsEnded(env: EngineEnv): Promise<void> {
  const idle = env.slots.idle();
  const all = inTime(env, idle, STEPS_MS);
  await inTime(env, idle, STEPS_MS - graceOf(env));
  if (!env.host.programsEnded?.()) await all;
}

function graceOf({ host }: EngineEnv): number {
  return Math.min(host.limits.shellKillGraceMs, LONGEST_GRACE_MS);
}

async function inTime(env: EngineEnv, work: Promise<void>, ms: number): Promise<void> {
  let disarm = () => {};
  await Promise.race([
    work,
    new Promise<void>((resolve) => disarm = env.clock.after(ms, resolve)),
  ]);
  disarm();
}
