// How opcode does on a PostgreSQL server beside its peers on the same one, and three nodes beside one.

import { loadavg } from "node:os";
import { installFolder } from "../../../scripts/setup/folder.mjs";
import { percentile, printHead, printRow, short } from "../table.ts";
import { dbos, opcode, openworkflow } from "./contestants.ts";
import { countRuns } from "./counts.ts";
import { inTurns, type Turn, type Turns } from "./rounds.ts";
import { BenchServer, SETTINGS } from "./server.ts";

const ROUNDS = Number(process.env.ROUNDS ?? 6);

export async function benchPostgres(): Promise<void> {
  await installFolder("peers");
  if (process.exitCode) throw new Error("the peers are not there");
  const server = await BenchServer.start();
  try {
    const contestants = [opcode(1), dbos, openworkflow, opcode(3)];
    for (const { database } of contestants) await server.create(database);
    console.log(`\nPostgreSQL ${await server.version()}, ${JSON.stringify(SETTINGS)}`);
    const turns = await inTurns(server, contestants, ROUNDS);
    printTurns(turns);
    for (const work of ["external", "pure"]) printBars(turns, work);
    // Three nodes' runs are the same rows by the same statements.
    await countRuns(server, contestants.slice(0, 3));
    console.log(`\nload average ${loadavg().map((load) => load.toFixed(1)).join(", ")}`);
  } finally {
    await server.stop();
  }
}

function printTurns(turns: Turns): void {
  console.log(`\n### Ten steps in sequence on PostgreSQL, medians of ${ROUNDS} rounds in turns\n`);
  console.log(
    "| who | p50 | p95 | runs/s, 100 clients | CPU, its own | CPU, the server's | both |",
  );
  console.log("|---|---|---|---|---|---|---|");
  for (const [name, of] of turns) {
    const alone = of.flatMap((turn) => turn.alone);
    const median = (value: (turn: Turn) => number) => short(percentile(of.map(value), 0.5));
    const row = [
      name,
      `${short(percentile(alone, 0.5))} ms`,
      `${short(percentile(alone, 0.95))} ms`,
      median(({ rate }) => rate),
      `${median(({ cpu }) => cpu)} ms`,
      `${median(({ serverCpu }) => serverCpu)} ms`,
      `${median(bothOf)} ms`,
    ];
    console.log(`| ${row.join(" | ")} |`);
  }
}

const bothOf = ({ cpu, serverCpu }: Turn) => cpu + serverCpu;
const aloneOf = ({ alone }: Turn) => percentile(alone, 0.5);
const rateOf = ({ rate }: Turn) => rate;

/** Each sample is a ratio of two turns of one round. */
function printBars(turns: Turns, work: string): void {
  const fair = work === "external"
    ? "each committed by itself, as DBOS does"
    : "committed together";
  printHead(`Beside each other in the same round: ${work} steps (${fair})`);
  const mine = `opcode, ${work} steps`;
  const rows: [
    string,
    string,
    string,
    (turn: Turn) => number,
    number,
    "below" | "above",
    string,
  ][] = [
    ["p50", mine, dbos.name, aloneOf, 1 / 3, "below", "≤ 1/3"],
    ["runs/s at 100 clients", mine, dbos.name, rateOf, 6, "above", "≥ 6"],
    ["CPU with the server's", mine, dbos.name, bothOf, 1 / 4, "below", "≤ 1/4"],
    [
      "runs/s at 100 clients",
      `opcode, 3 nodes, ${work} steps`,
      mine,
      rateOf,
      0.9,
      "above",
      "≥ 0.9",
    ],
  ];
  for (const [what, one, other, value, bar, good, text] of rows) {
    const others = turns.get(other)!;
    const samples = turns.get(one)!.map((turn, round) => value(turn) / value(others[round]!));
    printRow({
      work: `${what}: ${one} / ${other}`,
      samples,
      unit: "×",
      bar: { value: bar, good, text },
    });
  }
}
