// What a long history costs: 300,000 ended runs with 6,000,000 events, and the removal of a third of them.

import { statSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { BenchDaemon } from "./daemon.ts";
import { EVENTS, KEEP, RUNS, startWithHistory } from "./long-history.ts";
import { percentile, printHead, printRow } from "./table.ts";
import { external as externalSteps, pure } from "./workflows.ts";

const DAY = 24 * 3_600_000;
const ROUNDS = 200;

export async function benchHistory(): Promise<void> {
  printHead(`${RUNS.toLocaleString("en")} ended runs of ${EVENTS} events, durability full`);
  console.log(`load of the machine: ${loadavg().map((n) => n.toFixed(1)).join(", ")}`);
  const empty = await BenchDaemon.start("full", { env: KEEP });
  const before = await sequences(empty, "empty");
  await empty.stop();

  const { daemon, stop } = await startWithHistory();
  try {
    console.log(
      `database: ${(statSync(join(daemon.home, "opcode.db")).size / 2 ** 20).toFixed()} MiB`,
    );
    const filled = await sequences(daemon, "filled");
    ratio("filled / empty, median", { now: filled.pure, then: before.pure }, 0.5, 1.1);
    const external = { now: filled.external, then: before.external };
    ratio("filled / empty, median, external steps", external, 0.5, 1.1);
    await pages(daemon);
    await prune(daemon);
  } finally {
    await stop();
  }
}

type Samples = Record<"pure" | "external", number[]>;

async function sequences(daemon: BenchDaemon, when: string): Promise<Samples> {
  const samples: Samples = { pure: [], external: [] };
  for (const [name, definition] of Object.entries({ pure, external: externalSteps })) {
    await daemon.define(name, definition);
    for (let i = 0; i < ROUNDS / 4; i++) await daemon.run(name);
    const mine = samples[name as keyof Samples];
    for (let i = 0; i < ROUNDS; i++) mine.push(await timed(() => daemon.run(name)));
    row(`ten ${name} steps in sequence, ${when}`, mine);
  }
  return samples;
}

async function pages(daemon: BenchDaemon): Promise<void> {
  const { runs } = await daemon.get("/api/v1/runs?limit=1");
  const [{ id }] = runs as unknown as [{ id: string }];
  const paths = [
    "/api/v1/runs?limit=100",
    "/api/v1/runs?limit=100&status=failed",
    "/api/v1/runs?limit=100&agent_id=agent-3",
    "/api/v1/runs?limit=100&template_name=deploy",
    "/api/v1/runs?limit=100&agent_id=agent-3&template_name=triage",
    `/api/v1/runs?limit=100&since=${new Date(Date.now() - 40 * DAY).toISOString()}`,
    "/api/v1/runs?limit=100&status=failed,cancelled",
    "/api/v1/runs?limit=100&total=true",
    "/api/v1/runs?limit=100&agent_id=agent-3&template_name=triage&total=true",
    "/api/v1/runs?limit=100&search=dep",
    `/api/v1/runs?limit=100&search=${id.slice(0, 8)}`,
    `/api/v1/runs?limit=100&until=${new Date(Date.now() - 40 * DAY).toISOString()}`,
    `/api/v1/runs?limit=100&completed_since=${new Date(Date.now() - 50 * DAY).toISOString()}`,
    `/api/v1/runs?limit=100&completed_until=${
      new Date(Date.now() - 40 * DAY).toISOString()
    }&agent_id=agent-3&status=failed`,
    `/api/v1/runs?limit=100&parent_workflow_id=${id}`,
    "/api/v1/runs?limit=100&id=0",
    "/api/v1/events?limit=100",
    "/api/v1/events?limit=100&event_type=step_completed,step_failed&agent_id=agent-3",
    "/api/v1/events?limit=100&template_name=triage&event_type=workflow_failed",
    `/api/v1/events?limit=100&until=${new Date(Date.now() - 40 * DAY).toISOString()}`,
    "/api/v1/decisions?limit=100&order=deadline&total=true",
    "/api/v1/events?limit=100&event_type=workflow_failed",
    "/api/v1/decisions?limit=100",
    "/api/v1/templates?limit=100",
    "/api/v1/agents?limit=100",
    `/api/v1/runs/${id}`,
  ];
  for (const path of paths) {
    const samples: number[] = [];
    for (let i = 0; i < 40; i++) samples.push(await timed(() => daemon.get(path)));
    row(`p95 of ${path.replace(id, "ID")}`, [percentile(samples, 0.95)], 30);
  }
  await deepPages(daemon);
}

/** The pages far back cost what the first ones do. */
async function deepPages(daemon: BenchDaemon): Promise<void> {
  let path = "/api/v1/runs?limit=1000";
  const samples: number[] = [];
  for (let page = 0; page < 60; page++) {
    let reply: Record<string, unknown> = {};
    samples.push(await timed(async () => reply = await daemon.get(path)));
    if (typeof reply.next_cursor !== "string") break;
    path = `/api/v1/runs?limit=1000&cursor=${encodeURIComponent(reply.next_cursor)}`;
  }
  row("pages of 1,000 runs, 60 of them in turn", samples);
}

/**
 * Removes the older third while runs go on: a tenth of it at a time, and as many runs without before
 * each, so that both meet the same machine.
 */
async function prune(daemon: BenchDaemon): Promise<void> {
  const between: number[] = [];
  const during: number[] = [];
  const held: number[] = [];
  const removed = { runs: 0, emptied_runs: 0, events: 0, ms: 0 };
  for (let days = 58; days >= 40; days -= 2) {
    for (let i = 0; i < ROUNDS / 2; i++) between.push(await timed(() => daemon.run("pure")));
    let reply: Record<string, number> | undefined;
    const pruning = daemon.post("/api/v1/prune", { older_than: `${days}d` })
      .then((done) => reply = done as Record<string, number>);
    while (reply === undefined) during.push(await timed(() => daemon.run("pure")));
    const { runs, emptied_runs, events, longest_ms, took_ms } = await pruning;
    removed.runs += runs!;
    removed.emptied_runs += emptied_runs!;
    removed.events += events!;
    removed.ms += took_ms!;
    held.push(longest_ms!);
    console.log(`  older than ${days} days: ${runs} runs in ${(took_ms! / 1_000).toFixed()} s`);
  }
  console.log(`pruned: ${JSON.stringify(removed)}; load ${loadavg()[0]!.toFixed(1)}`);
  row("ten pure steps in sequence, between the removals", between);
  row("ten pure steps in sequence, while runs are removed", during);
  row("… slowest", [Math.max(...during)]);
  row("the longest that a piece held the writer", [Math.max(...held)], 20);
  ratio("while pruned / between, p95", { now: during, then: between }, 0.95, 1.5);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function row(work: string, samples: number[], most?: number): void {
  printRow({
    work,
    samples,
    unit: "ms",
    ...(most && { bar: { value: most, good: "below" as const, text: `≤ ${most} ms` } }),
  });
}

function ratio(
  work: string,
  { now, then }: { now: number[]; then: number[] },
  share: number,
  most: number,
): void {
  printRow({
    work,
    samples: [percentile(now, share) / percentile(then, share)],
    unit: "×",
    bar: { value: most, good: "below", text: `≤ ${most} ×` },
  });
}
