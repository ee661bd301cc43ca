// What a ten-step run costs the store's writer thread, in groups of 100, and that the rows are right.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createIds, systemRandom } from "../../core/ids.ts";
import { openLibsqlStore } from "../../engine/store/libsql/open.ts";
import { emptyHandOver, type HandOver } from "../../engine/store/store.ts";
import { run, runUpdate, stepRow } from "../support/rows.ts";
import { printHead, printRow } from "./table.ts";

const GROUP = 100;
const STEPS = 10;
const BUDGET_MS = 0.15;

const nextId = createIds(Date.now, systemRandom);

/** A run that is created and completed in one turn: 22 events, 10 step rows. */
function finishedRun(runNo: number): HandOver {
  const handOver = emptyHandOver();
  const at = Date.now();
  const created = run(runNo, { id: nextId(), createdAt: at });
  let seq = 0;
  const event = (
    type: HandOver["events"][number]["type"],
    stepId: string | null,
    payload: string,
  ) => handOver.events.push({ runNo, seq: ++seq, type, stepId, payload, agentId: null, at });
  event("workflow_started", null, `{"params":{"n":${runNo}}}`);
  for (let i = 0; i < STEPS; i++) {
    const stepId = `step-${i}`;
    event("step_started", stepId, `{"attempt":1}`);
    event("step_completed", stepId, `{"output":{"value":"${stepId}","n":${i}}}`);
    handOver.steps.push(stepRow(runNo, stepId, { outputSeq: seq, startedAt: at, completedAt: at }));
  }
  event("workflow_completed", null, `{"output":{"value":"done"}}`);
  handOver.creates.push({
    ...created,
    ...runUpdate(runNo, { status: "completed", lastSeq: seq, outputSeq: seq }),
  });
  return handOver;
}

async function measure(groups: number) {
  const directory = mkdtempSync(join(tmpdir(), "opcode-bench-"));
  const store = await openLibsqlStore({ path: join(directory, "bench.db"), durability: "full" });
  try {
    const commitGroup = async () => {
      const first = await store.takeRunNos(GROUP);
      const batch = Array.from({ length: GROUP }, (_, i) => finishedRun(first + i));
      const results = await store.commit(batch);
      if (results.some((result) => !result.ok)) throw new Error("a hand-over was left out");
    };
    for (let i = 0; i < 10; i++) await commitGroup();
    const cpu = await store.writerCpu();
    const began = performance.now();
    for (let i = 0; i < groups; i++) await commitGroup();
    const wall = performance.now() - began;
    const after = await store.writerCpu();
    const { rows: [last] } = await store.listEvents({ order: "newest", limit: 1 });
    const events: number = last!.id;
    const expected = (groups + 10) * GROUP * (2 * STEPS + 2);
    if (events !== expected) throw new Error(`${events} events stored instead of ${expected}`);
    const runs = groups * GROUP;
    return {
      cpu: (after.user + after.system - cpu.user - cpu.system) / 1000 / runs,
      rate: runs / (wall / 1000),
    };
  } finally {
    await store.close();
    rmSync(directory, { recursive: true });
  }
}

export async function benchStoreThread(): Promise<void> {
  printHead(`The store's writer thread: ten-step runs in groups of ${GROUP}, durability full`);
  const cpu: number[] = [];
  const rates: number[] = [];
  for (let i = 0; i < 5; i++) {
    const measured = await measure(50);
    cpu.push(measured.cpu);
    rates.push(measured.rate);
  }
  const bar = { value: BUDGET_MS, good: "below" as const, text: `≤ ${BUDGET_MS} ms` };
  printRow({ work: "CPU of the writer thread", samples: cpu, unit: "ms/run", bar });
  printRow({ work: "runs stored", samples: rates, unit: "runs/s" });
}
