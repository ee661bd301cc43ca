// How fast a real daemon answers over HTTP: one client's latency, and 100 clients' throughput.

import { isObject, type JsonObject } from "../../core/json.ts";
import { BenchDaemon } from "./daemon.ts";
import { printHead, printRow } from "./table.ts";
import { computed, external, pure, wide } from "./workflows.ts";

export const CLIENTS = 100;
/** How often the daemon's memory is looked at under load, ms. */
const LOOK_MS = 250;

export async function benchLatency(durability: "full" | "normal"): Promise<void> {
  const daemon = await BenchDaemon.start(durability);
  printHead(`One client over REST, durability ${durability}`);
  const bars = durability === "full"
    ? { pure: 1.7, external: 8, wide: 15 }
    : { pure: 1.3, external: undefined, wide: undefined };
  const rows: [string, JsonObject, number, number | undefined][] = [
    ["ten pure steps in sequence", pure, 400, bars.pure],
    ["ten external steps in sequence (fs.stat)", external, 200, bars.external],
    ["500 parallel pure steps", wide(500), 30, bars.wide],
    ["5,000 parallel pure steps", wide(5_000), 5, undefined],
  ];
  for (const [index, [work, definition, count, bar]] of rows.entries()) {
    const name = `w${index}`;
    await daemon.define(name, definition);
    for (let i = 0; i < Math.ceil(count / 4); i++) await daemon.run(name);
    const samples: number[] = [];
    for (let i = 0; i < count; i++) {
      const began = performance.now();
      await daemon.run(name);
      samples.push(performance.now() - began);
    }
    printRow({
      work,
      samples,
      unit: "ms",
      ...(bar && { bar: { value: bar, good: "below" as const, text: `≤ ${bar} ms` } }),
    });
  }
  await checkInvariants(daemon);
  await daemon.stop();
}

export async function benchThroughput(): Promise<void> {
  printHead(`${CLIENTS} clients, durability full`);
  const daemon = await BenchDaemon.start("full");
  await daemon.define("pure", pure);
  await daemon.define("computed", computed);
  await daemon.define("external", external);
  const rest = (name: string) => () => daemon.run(name);
  await load(daemon, "pure steps over REST", 4_000, rest("pure"), 3_570, 0.4);
  await load(daemon, "expr.eval over REST", 4_000, rest("computed"), 3_570, 0.5);
  await load(daemon, "external steps over REST", 1_500, rest("external"), 952, 1);
  const session = await mcpSession(daemon);
  await load(
    daemon,
    "pure steps over MCP /mcp",
    2_500,
    () => mcpRun(daemon, session, "pure"),
    1_270,
    0.9,
  );
  await checkInvariants(daemon);
  await daemon.stop();
}

async function load(
  daemon: BenchDaemon,
  work: string,
  count: number,
  run: () => Promise<unknown>,
  rateBar: number,
  cpuBar: number,
): Promise<void> {
  await many(Math.ceil(count / 4), run);
  const rates: number[] = [];
  const cpu: number[] = [];
  const memory: number[] = [];
  const looking = setInterval(() => memory.push(daemon.pss()), LOOK_MS);
  for (let round = 0; round < 3; round++) {
    const cpuBefore = daemon.cpuMs();
    const began = performance.now();
    await many(count, run);
    rates.push(count / ((performance.now() - began) / 1_000));
    cpu.push((daemon.cpuMs() - cpuBefore) / count);
  }
  clearInterval(looking);
  printRow({
    work: `ten-step runs of ${work}`,
    samples: rates,
    unit: "runs/s",
    bar: { value: rateBar, good: "above", text: `≥ ${rateBar} runs/s` },
  });
  printRow({
    work: "… CPU of the daemon",
    samples: cpu,
    unit: "ms/run",
    bar: { value: cpuBar, good: "below", text: `≤ ${cpuBar} ms` },
  });
  printRow({
    work: "… memory of the daemon (PSS)",
    samples: memory,
    unit: "MB",
    bar: { value: 250, good: "below", text: "≤ 250 MB" },
  });
}

export async function many(
  count: number,
  run: () => Promise<unknown>,
  clients = CLIENTS,
): Promise<void> {
  let left = count;
  const client = async () => {
    while (left-- > 0) await run();
  };
  await Promise.all(Array.from({ length: clients }, client));
}

export async function mcpSession(daemon: BenchDaemon): Promise<Record<string, string>> {
  const { fetch } = globalThis;
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const response = await fetch(`${daemon.url}/mcp`, {
    method: "POST",
    headers,
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "bench", version: "1" },
      },
    }),
  });
  await response.text();
  const id = response.headers.get("mcp-session-id");
  const session = {
    ...headers,
    ...(id && { "mcp-session-id": id }),
    "mcp-protocol-version": "2025-11-25",
  };
  await fetch(`${daemon.url}/mcp`, {
    method: "POST",
    headers: session,
    body: JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }),
  }).then((answer) => answer.text());
  return session;
}

let nextId = 2;

export async function mcpRun(
  daemon: BenchDaemon,
  session: Record<string, string>,
  template: string,
): Promise<void> {
  const reply = await daemon.post("/mcp", {
    jsonrpc: "2.0",
    id: nextId++,
    method: "tools/call",
    params: { name: "opcode.run", arguments: { template_name: template, agent_id: "bench" } },
  }, session);
  const result = reply.result;
  const content = isObject(result) ? result.structuredContent : undefined;
  if (!isObject(content) || content.status !== "completed") {
    throw new Error(`opcode.run: ${JSON.stringify(reply).slice(0, 500)}`);
  }
}

/** After a load: every sampled run is complete, and its events are all there, in order. */
async function checkInvariants(daemon: BenchDaemon): Promise<void> {
  const list = await daemon.get("/api/v1/runs?limit=50");
  const runs = (list.runs ?? list.workflows ?? list.rows) as JsonObject[];
  if (!Array.isArray(runs) || runs.length === 0) throw new Error("no runs are listed");
  for (const run of runs) {
    if (run.status !== "completed") throw new Error(`run ${run.id} is ${run.status}`);
    let expected = 1;
    let cursor: unknown;
    do {
      const page = await daemon.get(
        `/api/v1/events?workflow_id=${run.id}&limit=1000${cursor ? `&cursor=${cursor}` : ""}`,
      );
      for (const event of page.events as JsonObject[]) {
        if (event.sequence !== expected++) throw new Error(`run ${run.id}: gap at ${expected - 1}`);
      }
      cursor = page.next_cursor;
    } while (cursor);
    // Started and completed for the run and each of its steps.
    if ((expected - 1) % 2 !== 0) throw new Error(`run ${run.id}: ${expected - 1} events`);
  }
}
