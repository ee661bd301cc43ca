// What a run is for the server: round trips, transactions, rows, bytes of its log and waits for the disk.

import { many } from "../over-http.ts";
import { short } from "../table.ts";
import { type Contestant, rowName } from "./contestants.ts";
import { startCountingProxy } from "./counting-proxy.ts";
import type { BenchServer } from "./server.ts";

const LOADS = [{ clients: 1, count: 100 }, { clients: 100, count: 1_000 }];
/** For one whose run at one client takes a second. */
const FEW = 10;

/** Through a proxy, whose own CPU is in no figure: times are measured without it. */
export async function countRuns(
  server: BenchServer,
  contestants: readonly Contestant[],
): Promise<void> {
  console.log(`\n### What a ten-step run is for the server\n`);
  console.log("| who | clients | round trips | statements | commits | fsyncs | rows | WAL bytes |");
  console.log("|---|---|---|---|---|---|---|---|");
  for (const contestant of contestants) {
    const proxy = await startCountingProxy(server.socket);
    const running = await contestant.start(proxy.socket);
    for (const work of contestant.works) await many(200, () => running.run(work));
    let before = await server.counts(contestant.database);
    for (const work of contestant.works) {
      for (const { clients, count } of LOADS) {
        const runs = clients === 1 && contestant.isSlowAlone ? FEW : count;
        const { roundTrips, answers } = proxy;
        const walBefore = await server.walBytes();
        await many(runs, () => running.run(work), clients);
        const sent = [proxy.roundTrips - roundTrips, proxy.answers - answers];
        const after = await server.counts(contestant.database);
        const row = [
          ...sent,
          after.commits - before.commits,
          after.fsyncs - before.fsyncs,
          after.rows - before.rows,
          after.wal - walBefore,
        ].map((total) => short(total / runs));
        console.log(`| ${rowName(contestant, work)} | ${clients} | ${row.join(" | ")} |`);
        before = after;
      }
    }
    await running.stop();
    await proxy.close();
  }
}
