// How late a daemon begins the runs of schedules that are all due in the same minute.

import type { JsonObject } from "../../core/json.ts";
import { BenchDaemon } from "./daemon.ts";
import { percentile, printHead, printRow } from "./table.ts";
import { external, pure } from "./workflows.ts";

const SCHEDULES = 200;
const MINUTE = 60_000;
/** Minutes that are measured. */
const ROUNDS = 2;
/** The runs of one minute must be over by so much later, ms. */
const LONGEST_MS = 40_000;

/** From the time for which a run is, to its first event, and to the commit that ends it. */
export async function benchSchedules(): Promise<void> {
  printHead(`${SCHEDULES} schedules due in one minute, durability full`);
  for (const [work, definition] of [["pure", pure], ["external", external]] as const) {
    const { begun, over } = await measure(definition);
    const p95 = `p95 ${Math.round(percentile(begun, 0.95))}, worst ${
      Math.round(Math.max(...begun))
    }`;
    printRow({
      work: `until the run begins, ten ${work} steps (${p95})`,
      samples: begun,
      unit: "ms",
    });
    const late = `p95 ${Math.round(percentile(over, 0.95))}`;
    printRow({ work: `… until it is over (${late})`, samples: over, unit: "ms" });
  }
}

async function measure(definition: JsonObject): Promise<{ begun: number[]; over: number[] }> {
  const daemon = await BenchDaemon.start("full");
  await daemon.define("w", definition);
  await notCloseToTheMinute();
  for (let n = 0; n < SCHEDULES; n++) {
    await daemon.post("/api/v1/schedules", {
      name: `s${n}`,
      template_name: "w",
      agent_id: `a${n % 7}`,
      cron: "* * * * *",
      max_runs: ROUNDS,
    });
  }
  const begun: number[] = [];
  const over: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const due = Math.ceil(Date.now() / MINUTE) * MINUTE;
    await waitUntil(due);
    const deadline = due + LONGEST_MS;
    let fires: JsonObject[] = [];
    while (fires.length < SCHEDULES) {
      if (Date.now() > deadline) throw new Error(`${fires.length} of ${SCHEDULES} are over`);
      await waitUntil(Date.now() + 500);
      const { runs } = await daemon.get("/api/v1/runs?limit=1000&status=completed");
      fires = (runs as JsonObject[]).filter((run) => Date.parse(run.created_at as string) >= due);
    }
    for (const run of fires) {
      begun.push(Date.parse((run.started_at ?? run.created_at) as string) - due);
      over.push(Date.parse(run.completed_at as string) - due);
    }
  }
  const { fires } = await daemon.get("/api/v1/schedules/s0/runs");
  if ((fires as JsonObject[]).length !== ROUNDS) throw new Error(JSON.stringify(fires));
  await daemon.stop();
  return { begun, over };
}

/** So that all are made before the first of them is due. */
async function notCloseToTheMinute(): Promise<void> {
  const left = MINUTE - Date.now() % MINUTE;
  if (left < 30_000) await waitUntil(Date.now() + left + 100);
}

async function waitUntil(time: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, time - Date.now()));
}
