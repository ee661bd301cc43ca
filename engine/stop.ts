// How an engine stops: what runs gets its time, what does not end is marked, nothing is lost.

import { OpcodeError } from "../core/errors.ts";
import type { LogFollower } from "./nodes/log-follower.ts";
import type { Callbacks } from "./callbacks/callbacks.ts";
import type { Timers } from "./timers/timers.ts";
import type { EngineEnv } from "./engine-env.ts";

/**
 * How long steps in flight may take to end by themselves, programs among them, and then the store to
 * take what is left, and programs to end once they were told to: together less than the 10 s after
 * which whoever stops a daemon usually kills it. A program that needs longer has it, from whoever
 * cares for programs without the daemon.
 */
export const STEPS_MS = 8_000;
const STORE_MS = 1_000;
const PROGRAMS_MS = 1_000;

export async function stopEngine(
  env: EngineEnv,
  { timers, callbacks, follower }: {
    timers: Timers;
    callbacks: Pick<Callbacks, "stop">;
    follower: Pick<LogFollower, "stop"> | null;
  },
): Promise<void> {
  const told = callbacks.stop();
  env.slots.close();
  timers.close();
  env.admission.stop();
  env.runs.close();
  await inTime(env, env.slots.idle(), STEPS_MS);
  // What somebody has been told is to be stored as told.
  if (told) await told;
  const programs = env.host.programsEnded?.();
  const ended = programs && inTime(env, programs, PROGRAMS_MS);
  for (const actor of env.runs.all()) actor.post({ kind: "shutdown" });
  // Posted turns run first; what they hand over is drained after them.
  await env.pace.passed();
  env.journal.stop();
  await inTime(env, env.journal.drained(), STORE_MS);
  if (follower) await inTime(env, follower.stop(), STORE_MS);
  env.journal.close();
  const error = new OpcodeError("BUSY", "the daemon is stopping", {
    details: { retry_after_ms: 1_000, maybe_stored: true },
  });
  env.runs.dismiss(error);
  await ended;
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
