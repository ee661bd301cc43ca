// How a worker thread of ours is started, from a file or from the text of a bundled script.

import module from "node:module";
import { Worker, type WorkerOptions } from "node:worker_threads";

/** Where a thread's code is: a file, or the text of a bundled script. */
export type ThreadScript = URL | { source: string };

export function startThread(script: ThreadScript, options: WorkerOptions = {}): Worker {
  const compiled = module.getCompileCacheDir?.();
  // A thread needs nothing of the environment but to know where compiled sources are kept.
  const env = compiled === undefined ? {} : { NODE_COMPILE_CACHE: compiled };
  return script instanceof URL
    ? new Worker(script, { ...options, env })
    : new Worker(script.source, { ...options, env, eval: true });
}
