// The one door to the expression worker: whatever cannot be bounded in its caller's thread.

import type { Evaluate } from "../core/expression.ts";
import { WorkerPool } from "./worker/pool.ts";

/** The thread's code, run from the sources. */
export const THREAD = new URL("./worker/thread.ts", import.meta.url);

let pool: WorkerPool | undefined;

/** Evaluates in a warm thread of this process; nothing is started before the first request. */
export const runInWorker: Evaluate = (request, options) => {
  pool ??= new WorkerPool({ script: THREAD });
  return pool.evaluate(request, options);
};
