// How this checkout compares with another: two daemons that do the same in turns, in the same minutes.

import { join } from "node:path";
import type { JsonObject } from "../../core/json.ts";
import { BenchDaemon } from "./daemon.ts";
import { CLIENTS, many, mcpRun, mcpSession } from "./over-http.ts";
import { percentile, short } from "./table.ts";
import { external, pure, wide } from "./workflows.ts";

/** Of each work: so many pairs of turns. */
const ROUNDS = 16;

interface Work {
  name: string;
  /** Runs of one turn. */
  count: number;
  clients: 1 | typeof CLIENTS;
  definition: JsonObject;
  overMcp?: boolean;
}

const WORKS: Work[] = [
  { name: "ten pure steps, one client", count: 60, clients: 1, definition: pure },
  { name: "ten external steps, one client", count: 25, clients: 1, definition: external },
  { name: "500 parallel pure steps, one client", count: 10, clients: 1, definition: wide(500) },
  { name: "ten pure steps, 100 clients", count: 600, clients: CLIENTS, definition: pure },
  { name: "ten external steps, 100 clients", count: 300, clients: CLIENTS, definition: external },
  {
    name: "ten pure steps, 100 over MCP",
    count: 500,
    clients: CLIENTS,
    definition: pure,
    overMcp: true,
  },
];

interface Turn {
  /** Of the whole turn for each run, ms. */
  took: number;
  /** Of the daemon for each run, ms. */
  cpu: number;
}

/**
 * Prints for each work the medians of both and of the ratios of each pair of turns: on a machine that
 * others use, two figures of different minutes say little of each other, and their ratio in one minute
 * says much.
 */
export async function benchBeside(other: string): Promise<void> {
  const daemons = [
    await BenchDaemon.start("full", { main: join(other, "bin/opcode.mjs") }),
    await BenchDaemon.start("full"),
  ] as const;
  console.log(`\n### Beside ${other}, in ${ROUNDS} turns each\n`);
  console.log("| work | there | here | here / there (p10–p90) | CPU there | CPU here | ratio |");
  console.log("|---|---|---|---|---|---|---|");
  for (const [index, work] of WORKS.entries()) {
    const runs = await Promise.all(daemons.map((daemon) => prepared(daemon, work, `b${index}`)));
    const turns: [Turn, Turn][] = [];
    for (let round = 0; round < ROUNDS; round++) {
      // Who comes first has what the machine had left over: each as often.
      const order = round % 2 === 0 ? [0, 1] : [1, 0];
      const pair: Turn[] = [];
      for (const who of order) pair[who] = await turn(daemons[who]!, work, runs[who]!);
      turns.push(pair as [Turn, Turn]);
    }
    print(work.name, turns);
  }
  for (const daemon of daemons) await daemon.stop();
}

/** What one run is, after enough of them for the compiler to have seen it. */
async function prepared(
  daemon: BenchDaemon,
  work: Work,
  name: string,
): Promise<() => Promise<unknown>> {
  await daemon.define(name, work.definition);
  const session = work.overMcp ? await mcpSession(daemon) : undefined;
  const run = () => session ? mcpRun(daemon, session, name) : daemon.run(name);
  await many(work.count * 2, run, work.clients);
  return run;
}

async function turn(daemon: BenchDaemon, work: Work, run: () => Promise<unknown>): Promise<Turn> {
  const cpuBefore = daemon.cpuMs();
  const began = performance.now();
  await many(work.count, run, work.clients);
  const took = (performance.now() - began) / work.count;
  return { took, cpu: (daemon.cpuMs() - cpuBefore) / work.count };
}

function print(name: string, turns: [Turn, Turn][]): void {
  const median = (of: (pair: [Turn, Turn]) => number) => percentile(turns.map(of), 0.5);
  const ratios = turns.map(([there, here]) => here.took / there.took);
  const spread = `${short(percentile(ratios, 0.1))}–${short(percentile(ratios, 0.9))}`;
  const row = [
    name,
    `${short(median(([there]) => there.took))} ms`,
    `${short(median(([, here]) => here.took))} ms`,
    `${short(percentile(ratios, 0.5))} (${spread})`,
    `${short(median(([there]) => there.cpu))} ms`,
    `${short(median(([, here]) => here.cpu))} ms`,
    short(median(([there, here]) => here.cpu / there.cpu)),
  ];
  console.log(`| ${row.join(" | ")} |`);
}
