// The one door to the expression worker: whatever cannot be bounded in its caller's thread.

import type { Evaluate } from "../core/expression.ts";
import type { ThreadScript } from "../core/thread.ts";
import { WorkerPool } from "./worker/pool.ts";

/** The thread's code, run from the sources. */
export const THREAD = new URL("./worker/thread.ts", import.meta.url);

let script: ThreadScript = THREAD;
let pool: WorkerPool | undefined;

/** Where the thread's code is when it is not beside this file: for a bundle, before the first use. */
export function useWorkerScript(bundled: ThreadScript): void {
  script = bundled;
}

/** Where it is. */
export function threadScript(): ThreadScript {
  return script;
}

/** Evaluates in a warm thread of this process; nothing is started before the first request. */
export const runInWorker: Evaluate = (request, options) => {
  pool ??= new WorkerPool({ script });
  return pool.evaluate(request, options);
};
