// How long a daemon takes to answer /healthz while something else goes on, measured from a thread of its own.

import { once } from "node:events";
import { Worker } from "node:worker_threads";

export interface Probed {
  /** Answers with status 200. */
  answered: number;
  /** Everything else that came instead of one. */
  failed: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  max: number;
}

/** Asks every few milliseconds until told to stop. */
export function startHealthProbe(url: string): { stop(): Promise<Probed> } {
  const worker = new Worker(new URL("./health-probe-thread.ts", import.meta.url), {
    workerData: url,
  });
  return {
    async stop() {
      const answer = once(worker, "message");
      worker.postMessage("stop");
      const [probed] = await answer as [Probed];
      await worker.terminate();
      return probed;
    },
  };
}
