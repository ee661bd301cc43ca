// How the runs that an earlier process left under way come back: a few at a time, the dangerous last.

import type { EngineEnv } from "../engine-env.ts";
import { isPassing } from "../actor/runs.ts";
import { poison } from "../actor/poison.ts";
import { Elsewhere } from "../actor/runs.ts";
import { MOST_DEATHS } from "../actor/suspects.ts";
import type { Adopted, OpenRun, Page } from "../store/store.ts";

/** Runs looked up at a time, and loaded at a time when they are small. */
const PAGE = 200;
/** Bytes of text that are read at a time; a larger run is loaded alone. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Of the heap: a run with so much text is loaded under a note, see run/suspects. */
const LARGE = 1 / 256;
/** Text takes memory more than once while a run is loaded from it. */
const COPIES = 2;

/** How long a start waits for all runs to be back, in ms; then it serves, and the rest follow. */
const PATIENCE_MS = 2_000;

/**
 * Loads every run that was active or pending, so that it goes on or is marked interrupted. Runs
 * that processes died of twice are set aside before anything else, those of once are loaded after
 * all others. Resolves when that is done, or goes on beside what is served.
 */
export async function recoverRuns(env: EngineEnv): Promise<void> {
  await env.suspects.restore();
  for (const suspect of env.suspects.all()) {
    if (suspect.deaths >= MOST_DEATHS) await attempt(env, suspect.id, () => poison(env, suspect));
  }
  let disarm = () => {};
  let isLate = false;
  const all = recoverAll(env).catch((thrown) => {
    if (!isLate) throw thrown;
    if (!env.runs.stopping) env.log.error("runs cannot be recovered", { error: String(thrown) });
  });
  const late = new Promise<void>((resolve) => disarm = env.clock.after(PATIENCE_MS, resolve));
  await Promise.race([all, late]).finally(() => disarm());
  isLate = true;
}

/** Where runs are one process's at a time those that are ours, or that nobody has; else all. */
async function* openPages(env: EngineEnv): AsyncGenerator<OpenRun[]> {
  const { store, runs } = env;
  if (store.ownership !== undefined) return yield* adoptedPages(env);
  let cursor: string | null | undefined = undefined;
  while (!runs.stopping && cursor !== null) {
    const { rows, next }: Page<OpenRun> = await store.openRuns({ limit: PAGE, cursor });
    yield rows;
    cursor = next;
  }
}

/** Runs that have become ours; `found` hears of each page, and whether a process has gone. */
export async function* adoptedPages(
  { store, runs, suspects }: EngineEnv,
  found: (adopted: Adopted) => Promise<void> = () => Promise.resolve(),
): AsyncGenerator<OpenRun[]> {
  for (let more = true; more && !runs.stopping;) {
    const adopted = await store.ownership!.adopt(PAGE);
    suspects.learn(adopted.suspects);
    await found(adopted);
    yield adopted.runs;
    more = adopted.more;
  }
}

async function recoverAll(env: EngineEnv): Promise<void> {
  const count = await recoverPages(env, openPages(env));
  env.runs.recovered = true;
  if (count > 0) env.log.info("recovered runs", { count });
}

/** Loads them, those last that processes died of; returns how many there were. */
export async function recoverPages(
  env: EngineEnv,
  pages: AsyncIterable<OpenRun[]>,
): Promise<number> {
  const last: OpenRun[] = [];
  let count = 0;
  for await (const page of pages) {
    count += page.length;
    last.push(...page.filter(({ runNo }) => env.suspects.of(runNo)));
    await recoverPage(env, page.filter(({ runNo }) => !env.suspects.of(runNo)));
  }
  for (const run of last) await recoverOne(env, run);
  return count;
}

/** As many at once as are small together. */
async function recoverPage(env: EngineEnv, page: OpenRun[]): Promise<void> {
  let group: OpenRun[] = [];
  let bytes = 0;
  for (const run of page) {
    if (group.length > 0 && bytes + run.bytes > MOST_BYTES) {
      await Promise.all(group.map((each) => recoverOne(env, each)));
      group = [];
      bytes = 0;
    }
    group.push(run);
    bytes += run.bytes;
  }
  await Promise.all(group.map((each) => recoverOne(env, each)));
}

async function recoverOne(env: EngineEnv, run: OpenRun): Promise<void> {
  if (env.runs.stopping) return;
  const { runNo, id, bytes } = run;
  const { totalBytes } = env.budgets.limits;
  await attempt(env, id, () => {
    if (COPIES * bytes > totalBytes) {
      const reason = `to load it would take ${COPIES * bytes} bytes of memory, more than the ` +
        `${totalBytes} of the setting memory.total`;
      return setAside(env, run, reason);
    }
    const load = () => env.runs.recover(id);
    return bytes > LARGE * env.suspects.heapLimit || env.suspects.of(runNo)
      ? env.suspects.loading(runNo, load)
      : load();
  });
}

/** Poisons a run that has cost no life: also the next start must not load it by itself. */
async function setAside(env: EngineEnv, run: OpenRun, reason: string): Promise<void> {
  const deaths = env.suspects.of(run.runNo)?.deaths ?? 0;
  await env.suspects.condemn({ runNo: run.runNo, id: run.id }, reason);
  await poison(env, { runNo: run.runNo, deaths, reason });
}

/** One run that cannot be read must not keep the others from going on. */
async function attempt(env: EngineEnv, id: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (thrown) {
    // By the time it is its turn another node may have the run: it goes on there.
    if (env.runs.stopping || thrown instanceof Elsewhere) return;
    env.log.error("a run cannot be recovered", { workflow_id: id, error: String(thrown) });
    if (isPassing(thrown)) env.runs.wake(id);
  }
}
