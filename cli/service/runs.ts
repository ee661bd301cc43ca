// How it is told that a daemon runs.

import type { Serving } from "./service.ts";

export function runs(home: string, { pid, url, version }: Serving): string {
  return `the daemon of ${home} serves ${url} (process ${pid}, ${version})`;
}
