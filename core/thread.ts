// How a worker thread of ours is started: from a file, from a text, or from what the binary carries.

import module from "node:module";
import { type MessagePort, Worker, type WorkerOptions } from "node:worker_threads";
import { embeddedText } from "./embedded.ts";

/** Where a thread's code is: a file, a text, or the name of a program in the binary. */
export type ThreadScript = URL | { source: string } | { embedded: string };

/** What all threads find in their environment, and nothing else of ours. */
export const threadEnv: Record<string, string> = {};

/** Ends this thread once it has nothing left to do. */
export function endThread(port: MessagePort): void {
  // A thread of Deno has no port of Node's, and ends itself.
  if (typeof port.close === "function") port.close();
  else (globalThis as unknown as { close(): void }).close();
}

export function startThread(script: ThreadScript, options: WorkerOptions = {}): Worker {
  const compiled = module.getCompileCacheDir?.();
  // A thread needs to know where compiled sources are kept, and where what was unpacked.
  const env = compiled === undefined ? threadEnv : { ...threadEnv, NODE_COMPILE_CACHE: compiled };
  if (script instanceof URL) return new Worker(script, { ...options, env });
  return "embedded" in script
    ? new Worker(embeddedText("thread.js"), {
      ...options,
      env,
      eval: true,
      argv: [script.embedded],
    })
    : new Worker(script.source, { ...options, env, eval: true });
}
