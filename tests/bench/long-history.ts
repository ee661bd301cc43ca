// A daemon with a long history, for what is measured beside one.

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { openLibsqlStore } from "../../engine/store/libsql/open.ts";
import { fillStore } from "../support/filled-store.ts";
import { BenchDaemon } from "./daemon.ts";

const SPAN_MS = 60 * 24 * 3_600_000;
export const RUNS = Number(process.env.HISTORY_RUNS ?? 300_000);
/** Of each run. */
export const EVENTS = 20;

/** Keeps everything, until somebody prunes. */
export const KEEP = {
  OPCODE_RETENTION_TERMINAL: "off",
  OPCODE_RETENTION_MAX_RUNS: "0",
  OPCODE_RETENTION_FIRES: "off",
};

/**
 * `OPCODE_BENCH_HISTORY`: a directory in which the history is kept for the next time, as far as it
 * is not pruned; without it one is made in a directory of its own, and removed by `stop`.
 */
export async function startWithHistory(env: Record<string, string> = {}) {
  const home = process.env.OPCODE_BENCH_HISTORY;
  if (home) mkdirSync(home, { recursive: true });
  const daemon = await BenchDaemon.start("full", {
    env: { ...KEEP, ...env },
    ...(home && { home }),
    prepare: (made) => fill(join(made, "opcode.db")),
  });
  return { daemon, stop: () => daemon.stop(home !== undefined) };
}

async function fill(path: string): Promise<void> {
  if (existsSync(path)) return;
  const began = performance.now();
  const store = await openLibsqlStore({ path, durability: "normal" });
  const now = Date.now();
  await fillStore(store, { runs: RUNS, events: EVENTS, from: now - SPAN_MS, to: now });
  await store.close();
  console.log(`filled in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
}
