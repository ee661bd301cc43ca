// How soon after its turn an event is at a hundred clients who follow everything, while runs go on.

import { parseEvents } from "../../cli/sse.ts";
import { BenchDaemon } from "./daemon.ts";
import { percentile, printHead, printRow } from "./table.ts";
import { pure } from "./workflows.ts";

const STREAMS = 100;
const RUNS = 300;

/**
 * From the time in the event, which its turn took before the commit, to the frame at the client: that
 * is more than from the commit on. Both clocks are this machine's, in ms.
 */
export async function benchStreams(): Promise<void> {
  printHead(`${STREAMS} event streams, one client that runs ten pure steps, durability full`);
  const daemon = await BenchDaemon.start("full");
  await daemon.define("pure", pure);
  for (let i = 0; i < 50; i++) await daemon.run("pure");
  const stop = new AbortController();
  const samples: number[] = [];
  const seen: number[] = [];
  const streams = await Promise.all(Array.from({ length: STREAMS }, async (_, n) => {
    const response = await fetch(`${daemon.url}/api/v1/events/stream`, { signal: stop.signal });
    seen[n] = 0;
    return async () => {
      const chunks = response.body as unknown as AsyncIterable<Uint8Array>;
      for await (const { event, data } of parseEvents(chunks)) {
        if (event === "resync") throw new Error("a stream has missed something");
        seen[n]!++;
        if (event !== "workflow_completed") continue;
        samples.push(Date.now() - Date.parse(JSON.parse(data).timestamp));
      }
    };
  }));
  const reading = streams.map((read) =>
    read().catch((error) => {
      if (!stop.signal.aborted) throw error;
    })
  );
  for (let i = 0; i < RUNS; i++) await daemon.run("pure");
  while (samples.length < STREAMS * RUNS) await new Promise((resolve) => setTimeout(resolve, 5));
  if (seen.some((count) => count !== RUNS * 22)) throw new Error(`streams differ: ${seen}`);
  printRow({ work: "turn → frame, median", samples: [percentile(samples, 0.5)], unit: "ms" });
  printRow({
    work: "turn → frame, p95",
    samples: [percentile(samples, 0.95)],
    unit: "ms",
    bar: { value: 20, good: "below", text: "≤ 20 ms" },
  });
  stop.abort();
  await Promise.all(reading);
  await daemon.stop();
}
