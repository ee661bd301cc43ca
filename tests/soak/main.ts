// `npm run soak -- --minutes 60 --heap 512 --seed S`: does a small daemon live through workflows of bad taste?
//
// Several agents define and run whatever is wide, deep, large and endless, while a calm one runs
// three small steps and /healthz is asked all the time. The daemon may die only if it says why, and
// if the next start on the same data serves: within the time printed. Exit code 1 otherwise.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Cleanup, spawnDaemon, type SpawnedDaemon } from "../support/daemon.ts";
import { startHealthProbe } from "../support/health-probe.ts";
import { seeded } from "../support/random.ts";
import { Calm } from "./calm.ts";
import { Troublemaker } from "./troublemaker.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    heap: { type: "string", default: "512" },
    agents: { type: "string", default: "3" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    /** Where the daemon's log goes; it is in the data directory otherwise, and gone with it. */
    log: { type: "string" },
  },
});
const seed = Number(values.seed);
const endAt = performance.now() + Number(values.minutes) * 60_000;
/** A start that takes longer has not come back. */
const START_MS = 60_000;
/** So much is written and no more: a soak is no test of a full disk. */
const MOST_BYTES = 20 * 1024 ** 3;
const GIB = 1024 ** 3;

const home = mkdtempSync(join(tmpdir(), "opcode-soak-"));
const steps: (() => unknown)[] = [];
const cleanup: Cleanup = { after: (run) => void steps.push(run) };
console.log(`seed ${seed}, ${values.minutes} minutes, heap ${values.heap} MiB, data in ${home}`);

let daemon: SpawnedDaemon | null = null;
let stopping = false;
const url = () => daemon?.url ?? null;
const deaths: { how: string; last: string; backAfterMs: number }[] = [];
const failures: string[] = [];
const log: string[] = [];

async function start(): Promise<void> {
  const began = performance.now();
  const next = await Promise.race([
    spawnDaemon(cleanup, { home, heapMiB: Number(values.heap) }),
    new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error(`no start within ${START_MS} ms`)), START_MS).unref()
    ),
  ]);
  const last = deaths.at(-1);
  if (last) last.backAfterMs = Math.round(performance.now() - began);
  daemon = next;
  next.child.once("close", (code, signal) => {
    daemon = null;
    log.push(next.log());
    if (stopping) return;
    const how = `exit ${code ?? signal} after ${Math.round((performance.now() - began) / 1_000)} s`;
    const lines = next.log().trimEnd().split("\n");
    deaths.push({ how, last: lines.slice(-4).join("\n").slice(-1_500), backAfterMs: NaN });
    console.log(`✖ died: ${how}`);
    start().catch((thrown) => failures.push(`it did not come back: ${thrown.message}`));
  });
}

await start();
const calm = new Calm();
const others = Array.from(
  { length: Number(values.agents) },
  (_, i) => new Troublemaker(seeded(seed + i), `bad-${i}`),
);
const playing = [calm.play(url), ...others.map((other) => other.play(url))];
const health: { p99: number; max: number; failed: number }[] = [];
let minute = 0;
while (performance.now() < endAt && failures.length === 0) {
  const at = url();
  const probe = at === null ? null : startHealthProbe(at);
  const before = calm.took.length;
  await new Promise((resolve) => setTimeout(resolve, Math.min(60_000, endAt - performance.now())));
  const probed = await probe?.stop();
  if (probed) health.push(probed);
  const bytes = sizeOf(join(home, "opcode.db"));
  console.log(
    `minute ${++minute}: healthz p99 ${probed?.p99.toFixed(0)} ms, max ${
      probed?.max.toFixed(0)
    }, ` +
      `failed ${probed?.failed}; calm ${calm.took.length - before} runs, p95 so far ` +
      `${calm.quantile(0.95).toFixed(0)} ms, wrong ${calm.wrong.length}; ` +
      `RSS ${rss(daemon)} MiB, database ${(bytes / GIB).toFixed(1)} GiB`,
  );
  if (bytes > MOST_BYTES) {
    console.log("enough is written; ending early");
    break;
  }
}
stopping = true;
calm.stop();
for (const other of others) other.stop();
const code = await (daemon as SpawnedDaemon | null)?.stop();
await Promise.race([Promise.all(playing), new Promise((resolve) => setTimeout(resolve, 5_000))]);
if (values.log) writeFileSync(values.log, log.join("\n--- next start ---\n"));

for (const other of others) {
  console.log(Object.fromEntries(other.deeds), Object.fromEntries(other.answers));
}
for (const { how, last, backAfterMs } of deaths) {
  console.log(`died: ${how}; back after ${backAfterMs} ms\n${last}`);
}
for (const wrong of [...new Set(calm.wrong)].slice(0, 20)) console.log(`calm: ${wrong}`);
console.log(
  `${deaths.length} deaths; calm ${calm.took.length} runs, p50 ${calm.quantile(0.5).toFixed(0)}, ` +
    `p95 ${calm.quantile(0.95).toFixed(0)}, max ${calm.quantile(1).toFixed(0)} ms, ` +
    `${calm.wrong.length} wrong; healthz worst minute p99 ` +
    `${Math.max(...health.map(({ p99 }) => p99)).toFixed(0)} ms; stop ${code}; seed ${seed}`,
);
for (const failure of failures) console.log(`✖ ${failure}`);
for (const step of steps.reverse()) await step();
rmSync(home, { recursive: true, force: true });
process.exit(failures.length > 0 || code !== 0 ? 1 : 0);

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Resident memory in MiB; 0 where there is no /proc. */
function rss(of: SpawnedDaemon | null): number {
  try {
    return Math.round(Number(readFileSync(`/proc/${of?.pid}/statm`, "utf8").split(" ")[1]) / 256);
  } catch {
    return 0;
  }
}
