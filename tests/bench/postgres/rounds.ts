// The same for each in turns: one client's latency, then 100 clients' throughput and its CPU.

import { CLIENTS, many } from "../over-http.ts";
import { type Contestant, rowName, type Work } from "./contestants.ts";
import type { BenchServer } from "./server.ts";

/** Of one work of one contestant in one round. */
export interface Turn {
  /** Of one client, ms each. */
  alone: number[];
  /** Of all clients together, runs a second. */
  rate: number;
  /** Of the contestant's processes, ms a run. */
  cpu: number;
  /** Of the server, ms a run. */
  serverCpu: number;
}

/** By name of row, a turn a round. */
export type Turns = Map<string, Turn[]>;

/**
 * Each contestant is alone on the machine in its turn, with the others' processes ended; who comes first
 * has what the machine had left over, so that the order changes.
 */
export async function inTurns(
  server: BenchServer,
  contestants: readonly Contestant[],
  rounds: number,
): Promise<Turns> {
  const turns: Turns = new Map();
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? contestants : contestants.toReversed();
    for (const contestant of order) {
      const running = await contestant.start(server.socket);
      try {
        for (const work of contestant.works) {
          const name = rowName(contestant, work);
          const turn = await turnOf(server, contestant, {
            run: () => running.run(work),
            running,
            work,
          });
          turns.set(name, [...turns.get(name) ?? [], turn]);
        }
      } finally {
        await running.stop();
      }
    }
  }
  return turns;
}

/** Runs of one turn: about as long for each. */
function countsOf({ works, isSlowAlone }: Contestant, work: Work) {
  if (isSlowAlone) return { alone: 5, together: 300 };
  if (works.length === 1) return { alone: 50, together: 300 };
  return work === "pure" ? { alone: 100, together: 1_500 } : { alone: 50, together: 600 };
}

async function turnOf(
  server: BenchServer,
  contestant: Contestant,
  { run, running, work }: {
    run: () => Promise<unknown>;
    running: { cpuMs(): number };
    work: Work;
  },
): Promise<Turn> {
  const counts = countsOf(contestant, work);
  await many(counts.together * (contestant.processes ?? 1), run);
  const alone: number[] = [];
  for (let i = 0; i < counts.alone; i++) {
    const began = performance.now();
    await run();
    alone.push(performance.now() - began);
  }
  const [cpuBefore, serverBefore] = [running.cpuMs(), server.cpuMs()];
  const began = performance.now();
  await many(counts.together, run, CLIENTS);
  const took = performance.now() - began;
  return {
    alone,
    rate: counts.together / (took / 1_000),
    cpu: (running.cpuMs() - cpuBefore) / counts.together,
    serverCpu: (server.cpuMs() - serverBefore) / counts.together,
  };
}
