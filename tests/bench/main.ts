// `npm run bench [-- PART …]`: measures opcode on this machine and says how far each bar is.

import { arch, cpus, platform, release, totalmem } from "node:os";
// Each part loads what it needs: what one measures is not in the memory of another.
const parts: Record<string, () => Promise<unknown>> = {
  floor: async () => (await import("./start.ts")).benchFloor(),
  start: async () => (await import("./start.ts")).benchStart(),
  latency: async () => (await import("./over-http.ts")).benchLatency("full"),
  normal: async () => (await import("./over-http.ts")).benchLatency("normal"),
  throughput: async () => (await import("./over-http.ts")).benchThroughput(),
  streams: async () => (await import("./streams.ts")).benchStreams(),
  schedules: async () => (await import("./schedules.ts")).benchSchedules(),
  isolation: async () => (await import("./isolation.ts")).benchIsolation(),
  store: async () => (await import("./store-thread.ts")).benchStoreThread(),
  history: async () => (await import("./history.ts")).benchHistory(),
  panel: async () => (await import("./panel.ts")).benchPanel(),
  append: async () => (await import("./in-process.ts")).benchAppend(),
  memory: async () => (await import("./in-process.ts")).benchMemoryEngine(),
  fold: async () => (await import("./in-process.ts")).benchFold(),
  cel: async () => (await import("./cel.ts")).benchCel(),
  expr: async () => (await import("./expr.ts")).benchExpr(),
  language: async () => (await import("./language.ts")).benchLanguage(),
};

/** Parts that are run by name alone: their peers are installed for them. */
const named: typeof parts = {
  postgres: async () => (await import("./postgres/main.ts")).benchPostgres(),
};

/** `BESIDE=DIR`, another checkout: what it needs for the same in turns, instead of the bars. */
const beside = process.env.BESIDE;

const chosen = process.argv.slice(2);
const all = { ...parts, ...named };
const unknown = chosen.filter((part) => !Object.hasOwn(all, part));
if (unknown.length > 0) {
  console.error(`unknown part ${unknown.join(", ")}; parts are ${Object.keys(all).join(", ")}`);
  process.exit(2);
}
console.log(
  `${new Date().toISOString()} · Node ${process.version} · ${platform()} ${release()} ${arch()}`,
);
console.log(`${cpus().length} × ${cpus()[0]!.model} · ${Math.round(totalmem() / 2 ** 30)} GiB`);
if (beside) await (await import("./beside.ts")).benchBeside(beside);
else for (const part of chosen.length > 0 ? chosen : Object.keys(parts)) await all[part]!();
