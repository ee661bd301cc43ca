// What the neighbour's thread does: one run after the other over one kept connection.

import { Agent, request } from "node:http";
import { parentPort, workerData } from "node:worker_threads";

const { url, name, warmUp, runs, limitMs } = workerData as {
  url: string;
  name: string;
  warmUp: number;
  runs: number;
  limitMs: number;
};
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const body = JSON.stringify({
  template_name: name,
  agent_id: "neighbour",
  params: { text: "x" },
  wait_ms: limitMs,
});

function runOnce(): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(
      `${url}/api/v1/runs`,
      { method: "POST", agent, headers: { "content-type": "application/json" } },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => text += part);
        response.on("end", () => resolve(text));
      },
    );
    sent.on("error", (error) => resolve(String(error)));
    sent.end(body);
  });
}

const times: number[] = [];
const failures: string[] = [];
for (let n = 0; n < warmUp; n++) await runOnce();
const end = performance.now() + limitMs;
for (let n = 0; n < runs && performance.now() < end; n++) {
  const began = performance.now();
  const answer = await runOnce();
  times.push(performance.now() - began);
  if (!answer.includes('"status":"completed"')) failures.push(answer.slice(0, 300));
}
times.sort((a, b) => a - b);
const at = (share: number) =>
  times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
parentPort!.postMessage({
  runs: times.length,
  p50: at(0.5),
  p95: at(0.95),
  max: times.at(-1) ?? 0,
  failures,
});
agent.destroy();
