// Loaded into a daemon under test: tells on stderr for how long its event loop was blocked each time.

import { writeSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

const BEAT_MS = 5;
const WORTH_TELLING_MS = 20;

const cpu = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
let last = performance.now();
let lastCpu = cpu();
if (isMainThread) {
  setInterval(() => {
    const now = performance.now();
    const used = cpu();
    const ms = now - last - BEAT_MS;
    if (ms > WORTH_TELLING_MS) {
      const block = { ms: Math.round(ms), cpu: Math.round(used - lastCpu) };
      writeSync(2, `${JSON.stringify({ block })}\n`);
    }
    last = performance.now();
    lastCpu = cpu();
  }, BEAT_MS).unref();
}
