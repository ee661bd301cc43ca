// What it costs to hold a program: the same `true` bare, and in each kind of cell, in turns.

import { DEFAULT_HOST_LIMITS } from "../../actions/action.ts";
import { runCommand } from "../../actions/shell/command.ts";
import { createIsolation, isolationTable } from "../../engine/isolation/isolation.ts";
import { DEFAULT_ISOLATION, type IsolationSettings } from "../../engine/isolation/settings.ts";
import { percentile, printHead, printRow } from "./table.ts";

const ROUNDS = 60;
/** What the design allows a cell to cost, ms. */
const MOST_MS = 30;

const KINDS: Record<string, Partial<IsolationSettings> | null> = {
  "bare": null,
  "isolation: auto": {},
  "… bounded": { maxMemory: 2 ** 31, maxCpu: 400, maxPids: 1_000 },
  "… network off": { network: false },
  "… own processes": { processes: "own" },
  "… read-only root": { root: "read_only" },
  "… all three": { network: false, processes: "own", root: "read_only" },
};

export async function benchIsolation(): Promise<void> {
  printHead("`true` by shell.exec, bare and held");
  const env = { PATH: process.env.PATH ?? "/usr/bin:/bin" };
  const command = { command: "true", args: [], cwd: process.cwd(), env };
  const kinds = Object.entries(KINDS).map(([work, settings]) => ({
    work,
    isolation: settings && createIsolation({ ...DEFAULT_ISOLATION, ...settings }),
    samples: [] as number[],
  }));
  const once = async ({ isolation }: (typeof kinds)[number]) => {
    const cell = await isolation?.cell(command);
    const { exitCode } = await runCommand({
      ...command,
      stdin: "",
      timeoutMs: 60_000,
      mostOutput: 1_000,
      drainMs: DEFAULT_HOST_LIMITS.shellKillGraceMs,
      killGraceMs: 0,
      owner: "bench",
      signal: new AbortController().signal,
      cell,
    });
    cell?.end();
    if (exitCode !== 0) throw new Error(`true ended with ${exitCode}`);
  };
  // The first of each tries what this machine has.
  for (const kind of kinds) await once(kind);
  for (let n = 0; n < ROUNDS; n++) {
    for (const kind of kinds) {
      const began = performance.now();
      await once(kind);
      kind.samples.push(performance.now() - began);
    }
  }
  const bare = percentile(kinds[0]!.samples, 0.5);
  for (const { work, samples } of kinds) {
    const bar = {
      value: bare + MOST_MS,
      good: "below" as const,
      text: `≤ ${MOST_MS} ms over bare`,
    };
    printRow({ work, samples, unit: "ms", ...(work !== "bare" && { bar }) });
  }
  for (const { guard, available, by } of await isolationTable(DEFAULT_ISOLATION)) {
    console.log(`${guard}: ${available ? "held by" : "not held:"} ${by}`);
  }
}
