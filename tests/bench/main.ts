// `npm run bench [-- PART …]`: measures opcode on this machine and says how far each bar is.

import { arch, cpus, platform, release, totalmem } from "node:os";
import { benchAppend, benchFold, benchMemoryEngine } from "./in-process.ts";
import { benchLatency, benchThroughput } from "./over-http.ts";
import { benchFloor, benchStart } from "./start.ts";

const parts: Record<string, () => Promise<void> | void> = {
  floor: benchFloor,
  start: benchStart,
  latency: () => benchLatency("full"),
  normal: () => benchLatency("normal"),
  throughput: benchThroughput,
  append: benchAppend,
  memory: benchMemoryEngine,
  fold: benchFold,
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((part) => !Object.hasOwn(parts, part));
if (unknown.length > 0) {
  console.error(`unknown part ${unknown.join(", ")}; parts are ${Object.keys(parts).join(", ")}`);
  process.exit(2);
}
console.log(
  `${new Date().toISOString()} · Node ${process.version} · ${platform()} ${release()} ${arch()}`,
);
console.log(`${cpus().length} × ${cpus()[0]!.model} · ${Math.round(totalmem() / 2 ** 30)} GiB`);
for (const part of chosen.length > 0 ? chosen : Object.keys(parts)) await parts[part]!();
