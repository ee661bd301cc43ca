// Which settings take effect while the daemon runs; all others wait for its next start.

import type { SettingName } from "./keys.ts";

/**
 * What is not among them is built into what runs: the listener and its guards, the database, the actions
 * that templates were checked against, and the bounds that were kept to when runs were stored.
 */
export const LIVE_SETTINGS = [
  "log_level",
  "panel",
  "pool_size",
  "retention.terminal",
  "retention.max_runs",
  "retention.events",
  "retention.fires",
  "http.max_response_body",
  "http.default_timeout",
  "http.deny_private",
  "http.allow_hosts",
  "http.deny_hosts",
  "shell.default_timeout",
  "shell.kill_grace",
  "shell.max_output",
  "shell.max_memory",
  "shell.max_cpu",
  "shell.max_pids",
  "shell.network",
  "shell.processes",
  "shell.root",
  "isolation",
  "fs.deny",
  "fs.read_only",
  "fs.writable",
] as const satisfies readonly SettingName[];
