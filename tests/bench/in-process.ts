// How fast the parts are by themselves: the engine in memory, the journal on a file, the fold.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Action, DEFAULT_HOST_LIMITS } from "../../actions/action.ts";
import { createRegistry } from "../../actions/registry.ts";
import { systemClock } from "../../core/clock.ts";
import { silentLogger } from "../../core/log.ts";
import { foldEvents } from "../support/fold.ts";
import { Journal } from "../../engine/journal/journal.ts";
import { openEngine } from "../../engine/opcode.ts";
import { SlotPool } from "../../engine/calls/slots.ts";
import { openLibsqlStore } from "../../engine/store/libsql/open.ts";
import { emptyHandOver, type HandOver, type RunRow, type Store } from "../../engine/store/store.ts";
import { createMemoryStore } from "../support/memory-store.ts";
import { printHead, printRow } from "./table.ts";

const noop: Action = {
  name: "bench.noop",
  description: "Answers a constant.",
  effects: "none",
  input: { type: "object" },
  output: { type: "object" },
  execute: () => ({ ok: true }),
};

export async function benchMemoryEngine(): Promise<void> {
  printHead("Engine on the in-memory store (like for like with the seeds' figures)");
  for (
    const [width, bar, rounds] of [[10, 25, 3_000], [500, 1_000, 200], [
      5_000,
      undefined,
      20,
    ]] as const
  ) {
    const opcode = await openEngine({
      store: createMemoryStore(),
      registry: createRegistry([noop]),
      host: {
        env: {},
        cwd: "/",
        isProtected: () => false,
        limits: DEFAULT_HOST_LIMITS,
      },
      log: silentLogger,
      poolSize: 100,
      notify: () => Promise.resolve({ notified: false }),
    });
    const steps = Array.from({ length: width }, (_, i) => ({ id: `s${i}`, action: noop.name }));
    await opcode.define({ name: "wide", definition: { steps }, agent_id: "bench" });
    const samples: number[] = [];
    for (let i = 0; i < rounds; i++) {
      const began = performance.now();
      const reply = await opcode.run({ template_name: "wide", agent_id: "bench" });
      if (i >= rounds / 4) samples.push((performance.now() - began) * 1_000);
      if (reply.status !== "completed") throw new Error(`run ${reply.workflow_id} ${reply.status}`);
    }
    const text = `≤ ${bar} µs`;
    printRow({
      work: `${width} parallel no-op steps`,
      samples,
      unit: "µs",
      ...(bar && { bar: { value: bar, good: "below" as const, text } }),
    });
    await opcode.stop();
  }
  for (const size of [10, 100, 1_000]) printRow(benchSlots(size));
}

function benchSlots(size: number) {
  const samples: number[] = [];
  const tasks = 20_000;
  for (let round = 0; round < 20; round++) {
    const pool = new SlotPool(size);
    let done = 0;
    const began = performance.now();
    for (let i = 0; i < tasks; i++) {
      const slot = pool.request({ agent: "a", run: `run${i % 7}` }, () => slot.occupy(run));
      const run = () => {
        done++;
        slot.release();
      };
      if (slot.state === "admitted") slot.occupy(run);
    }
    samples.push((performance.now() - began) * 1_000 / tasks);
    if (done !== tasks) throw new Error(`${done} of ${tasks} ran`);
  }
  return {
    work: `semaphore, pool of ${size}`,
    samples,
    unit: "µs/task",
    bar: { value: 1, good: "below" as const, text: "≤ 1 µs" },
  };
}

export async function benchAppend(): Promise<void> {
  printHead("Events appended through the journal, durability full");
  const home = mkdtempSync(join(tmpdir(), "opcode-bench-"));
  const store = await openLibsqlStore({
    path: join(home, "opcode.db"),
    durability: "full",
    onFatal: (error) => {
      throw error;
    },
  });
  const journal = new Journal({
    store,
    clock: systemClock,
    log: silentLogger,
    soon: (run) => void setImmediate(run),
    several: () => false,
    published: () => {},
  });
  const single = await append(journal, store, 1, 1, 1_500);
  printRow({ work: "1 writer, one event a commit", samples: single, unit: "events/s" });
  const bar = { value: 10 * median(single), good: "above" as const, text: "≥ 10 × one a commit" };
  const hundred = await append(journal, store, 100, 1, 300);
  printRow({
    work: "100 writers, one event each a commit",
    samples: hundred,
    unit: "events/s",
    bar,
  });
  const bulk = await append(journal, store, 1, 100, 300);
  printRow({ work: "1 writer, 100 events a hand-over", samples: bulk, unit: "events/s" });
  await store.close();
  rmSync(home, { recursive: true, force: true });
}

function median(samples: number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)]!;
}

async function append(
  journal: Journal,
  store: Store,
  writers: number,
  eventsEach: number,
  rounds: number,
): Promise<number[]> {
  const samples: number[] = [];
  for (let repeat = 0; repeat < 3; repeat++) {
    const began = performance.now();
    await Promise.all(
      Array.from({ length: writers }, () => writer(journal, store, eventsEach, rounds)),
    );
    samples.push(writers * eventsEach * rounds / ((performance.now() - began) / 1_000));
  }
  return samples;
}

async function writer(journal: Journal, store: Store, eventsEach: number, rounds: number) {
  const row = await newRow(store);
  await submit(journal, { ...emptyHandOver(), creates: [row] });
  let seq = 0;
  for (let round = 0; round < rounds; round++) {
    const handOver = emptyHandOver();
    const expectSeq = seq;
    for (let i = 0; i < eventsEach; i++) {
      handOver.events.push({
        runNo: row.runNo,
        seq: ++seq,
        type: "step_started",
        stepId: "s",
        payload: '{"attempt":1}',
        agentId: null,
        at: row.createdAt,
      });
    }
    handOver.updates.push({
      ...row,
      expectStatus: "active",
      expectSeq,
      lastSeq: seq,
      sameMarks: true,
    });
    await submit(journal, handOver);
  }
  const record = await store.readRun(row.id, { events: 1 });
  if (record?.run.lastSeq !== seq) throw new Error(`sequence ${record?.run.lastSeq}, not ${seq}`);
}

async function submit(journal: Journal, handOver: HandOver): Promise<void> {
  const result = await new Promise<{ ok: boolean }>((done) => journal.submit(handOver, done));
  if (!result.ok) throw new Error(JSON.stringify(result));
}

async function newRow(store: Store): Promise<RunRow> {
  const now = Date.now();
  return {
    runNo: await store.takeRunNos(1),
    id: crypto.randomUUID(),
    templateName: "bench",
    templateVersion: 1,
    agentId: "bench",
    parentRunNo: null,
    parentStepId: null,
    depth: 0,
    params: "{}",
    idempotencyKey: null,
    forkedFrom: null,
    rerunOf: null,
    createdAt: now,
    status: "active",
    lastSeq: 0,
    outputSeq: null,
    error: null,
    startedAt: now,
    completedAt: null,
    updatedAt: now,
    activeMs: 0,
    activeSince: now,
    marks: null,
  };
}

export function benchFold(): void {
  printHead("Fold");
  const payload = JSON.stringify({ output: { text: "x".repeat(200) }, duration_ms: 1 });
  const events = Array.from({ length: 1_000 }, (_, i) => ({
    seq: i + 1,
    type: i % 2 === 0 ? "step_started" as const : "step_completed" as const,
    stepId: `s${Math.floor(i / 2)}`,
    payload: i % 2 === 0 ? '{"attempt":1}' : payload,
    at: i,
  }));
  const samples: number[] = [];
  for (let i = 0; i < 200; i++) {
    const began = performance.now();
    const run = foldEvents(events);
    samples.push(performance.now() - began);
    if (run.steps.size !== 500) throw new Error(`${run.steps.size} steps`);
  }
  printRow({
    work: "1,000 events, 200-byte outputs",
    samples: samples.slice(50),
    unit: "ms",
    bar: { value: 0.5, good: "below", text: "≤ 0.5 ms" },
  });
}
