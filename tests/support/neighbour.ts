// How long the small workflow of one agent takes, run again and again from a thread of its own.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { defineTemplate } from "./http.ts";

export interface Took {
  runs: number;
  /** Milliseconds from the request to the answer that the run has completed. */
  p50: number;
  p95: number;
  max: number;
  /** Answers of another kind, as text. */
  failures: string[];
}

/** What the neighbour does: a little of everything that agents share. */
const STEPS = [
  { id: "hash", action: "crypto.hash", params: { data: "${{inputs.text}}" } },
  { id: "stat", action: "fs.stat", params: { path: "/" }, depends_on: ["hash"] },
  { id: "list", action: "fs.stat", params: { path: "/tmp" }, depends_on: ["hash"] },
  {
    id: "query",
    action: "jq.transform",
    params: { filter: ".", data: "${{steps.stat.output}}" },
    depends_on: ["stat", "list"],
  },
  { id: "pause", type: "wait", config: { duration: "1ms" }, depends_on: ["query"] },
  {
    id: "sum",
    type: "loop",
    config: {
      over: "[1,2,3]",
      body: [{ id: "n", action: "expr.eval", params: { expression: "loop.item + 1" } }],
    },
    depends_on: ["pause"],
  },
];

const NAME = "neighbour";

export async function defineNeighbour(url: string): Promise<void> {
  await defineTemplate(url, NAME, STEPS);
}

/**
 * Runs it one time after the other: `runs` times, or for as long as `limitMs` lasts. `warmUp`: as many
 * times before, untimed.
 */
export async function timeNeighbour(
  url: string,
  { warmUp = 0, runs, limitMs }: { warmUp?: number; runs: number; limitMs: number },
): Promise<Took> {
  const worker = new Worker(new URL("./neighbour-thread.ts", import.meta.url), {
    workerData: { url, name: NAME, warmUp, runs, limitMs },
  });
  const [took] = await once(worker, "message") as [Took];
  await worker.terminate();
  return took;
}
