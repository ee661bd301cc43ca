// What the probe's thread does: one request after the other over one kept connection.

import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";

const PAUSE_MS = 2;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const times: number[] = [];
let failed = 0;
let going = true;

function ask(): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request(`${workerData}/healthz`, { agent }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode === 200));
    });
    sent.on("error", () => resolve(false));
    sent.end();
  });
}

parentPort!.on("message", () => going = false);

while (going) {
  const began = performance.now();
  if (await ask()) times.push(performance.now() - began);
  else failed++;
  await delay(PAUSE_MS);
}
times.sort((a, b) => a - b);
const at = (share: number) =>
  times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
parentPort!.postMessage({
  answered: times.length,
  failed,
  p50: at(0.5),
  p99: at(0.99),
  max: times.at(-1) ?? 0,
});
agent.destroy();
