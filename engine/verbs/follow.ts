// How a call waits for a run that exists already, on this node or another.

import { RunWait } from "../actor/run-wait.ts";
import { storedReply } from "../actor/report.ts";
import type { RunReply, Watch } from "../api.ts";
import { polled } from "../nodes/elsewhere.ts";
import type { Engine } from "./shared.ts";

/** Waits for a run that exists already; what has ended or paused answers from its rows. */
export async function follow(
  engine: Engine,
  id: string,
  waitMs: number,
  watch: Watch,
): Promise<RunReply> {
  const { env } = engine;
  const read = async () => {
    const view = (await env.store.viewRun(id, { events: 0, room: 0 }))!;
    const { templateName, templateVersion } = view.run;
    const plan = await env.plan(templateName, templateVersion);
    return await storedReply(env.store, view, plan, env.mostOutput);
  };
  // Perhaps it is on its way back from before the start.
  const returns = !env.runs.recovered && !env.suspects.isPoisoned(id) && !env.store.ownership;
  const actor = env.runs.find(id) ?? (returns ? await env.runs.load(id) : null);
  if (!actor && waitMs > 0 && env.store.ownership) {
    const settled = async () => {
      const now = await read();
      return isOpen(now) ? null : now;
    };
    const reply = await polled(env, settled, {
      waitMs,
      ...(watch.signal && { signal: watch.signal }),
    });
    return reply ?? withWaiting(await read());
  }
  if (!actor || waitMs === 0) return withWaiting(await read());
  const wait = new RunWait(watch, env.mostOutput);
  actor.join(wait);
  wait.limit(env.clock, waitMs);
  const now = await read();
  if (!isOpen(now)) {
    wait.stop();
    return now;
  }
  return await wait.done ?? withWaiting(await read());
}

function withWaiting(reply: RunReply): RunReply {
  return isOpen(reply) ? { ...reply, waiting: true } : reply;
}

function isOpen({ status }: RunReply): boolean {
  return status === "active" || status === "pending";
}
