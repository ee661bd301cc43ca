// Where a checkout keeps its compiled sources, so that the next start need not compile them again.

import { existsSync } from "node:fs";
import module from "node:module";
import { join } from "node:path";

/** Long enough after the start that whatever it loads has been loaded. */
const FLUSH_AFTER_MS = 10_000;

/**
 * Keeps what this process compiles from here on in the checkout's own `node_modules`, the one place
 * beside the sources that only their owner writes to. A binary has no such folder and no need of it.
 */
export function keepCompiled(): void {
  const modules = join(import.meta.dirname ?? "", "..", "node_modules");
  // Not every runtime has a cache.
  if (!import.meta.dirname || !module.enableCompileCache || !existsSync(modules)) return;
  module.enableCompileCache(join(modules, ".cache", "node-compile-cache"));
  // A daemon that is killed could not do it at its exit.
  setTimeout(() => module.flushCompileCache(), FLUSH_AFTER_MS).unref();
}
