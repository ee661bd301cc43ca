// What a stop under load is for whoever asks meanwhile: an end with 0, and BUSY or an answer, nothing else.
//
// `STOPS=100 npm test -- e2e/faults-stop` is the long run; `SEED=…` repeats one.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { cliCommand } from "../support/cli.ts";
import type { JsonObject } from "../../core/json.ts";
import { spawnDaemon, type SpawnedDaemon, tempHome } from "../support/daemon.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { Rest, RestError } from "../support/rest.ts";

const STOPS = Number(process.env.STOPS ?? 4);
const CLIENTS = 24;
/** A stop's whole time, by which whatever stops it sends SIGKILL. */
const STOP_MS = 10_000;

const STEPS: JsonObject[] = [
  { id: "a", action: "fs.stat", params: { path: "/" } },
  { id: "b", action: "crypto.uuid", depends_on: ["a"] },
  { id: "c", action: "shell.exec", depends_on: ["a"], params: { command: "true" } },
  { id: "d", action: "fs.stat", depends_on: ["b", "c"], params: { path: "/" } },
];

test("SIGTERM under load ends the daemon with 0, and what it refuses is BUSY", async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`SEED=${seed}`);
  const random = seeded(seed);
  const home = tempHome(t);
  const told: Record<string, number> = {};
  let longest = 0;
  for (let i = 0; i < STOPS; i++) {
    const daemon = await spawnDaemon(t, { home, args: ["--durability", "normal"] });
    const rest = new Rest(daemon.url, CLIENTS);
    const ask = { name: "w", agent_id: "a", definition: { steps: STEPS } };
    await rest.post("/api/v1/templates", ask);
    const load = Array.from({ length: CLIENTS }, (_, n) => keepAsking(rest, n, told));
    await delay(20 + random() * 400);
    const began = performance.now();
    const code = await daemon.stop();
    longest = Math.max(longest, performance.now() - began);
    await rest.destroy();
    await Promise.all(load);
    assert.equal(
      code,
      0,
      `stop ${i} ended with ${code ?? daemon.child.signalCode}: ${tail(daemon)}`,
    );
  }
  t.diagnostic(
    `${STOPS} stops, the longest ${Math.round(longest)} ms; answers ${JSON.stringify(told)}`,
  );
  assert.ok(longest < STOP_MS, `a stop took ${longest} ms`);
  const allowed = /^(ok|cut|BUSY|CONFLICT)$/;
  assert.deepEqual(Object.keys(told).filter((what) => !allowed.test(what)), []);
});

test("SIGTERM at any moment of a start ends it, and leaves no lock", async (t) => {
  const random = seeded(chooseSeed());
  const home = tempHome(t);
  await (await spawnDaemon(t, { home })).stop();
  const { command, args, env } = cliCommand(["serve", "--listen-addr", "127.0.0.1:0"], {
    OPCODE_HOME: home,
  });
  for (let i = 0; i < STOPS; i++) {
    const child = spawn(command, args, { env, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
    const gone = once(child, "close");
    const began = performance.now();
    await delay(random() * 600);
    child.kill("SIGTERM");
    const [code, signal] = await gone;
    assert.ok(performance.now() - began < STOP_MS);
    // Before it listens to signals it dies of them.
    assert.ok(code === 0 || signal === "SIGTERM", `start ${i} ended with ${code}: ${stderr}`);
  }
  await (await spawnDaemon(t, { home })).stop();
});

/** Runs, reads, defines and signals until the daemon has gone; counts what was answered. */
async function keepAsking(rest: Rest, client: number, told: Record<string, number>) {
  const note = (what: string) => void (told[what] = (told[what] ?? 0) + 1);
  const definition = { steps: [{ id: `s${client}`, action: "crypto.uuid" }] };
  let id = "";
  for (let n = 0;; n++) {
    try {
      const run = { template_name: "w", agent_id: "a", wait_ms: n % 3 === 0 ? 0 : 5_000 };
      if (n % 4 < 2 || id === "") id = (await rest.post("/api/v1/runs", run)).workflow_id as string;
      else if (n % 4 === 2) {
        await rest.get(client % 2 ? `/api/v1/runs/${id}` : "/api/v1/runs?limit=5");
      } else if (client % 3 === 0) {
        await rest.post("/api/v1/templates", { name: `t${client}`, agent_id: "a", definition });
      } else if (client % 3 === 1) {
        await rest.post("/api/v1/runs", {
          ...run,
          idempotency_key: `${client}-${n}-${Math.random()}`,
        });
      } else {
        await rest.post(`/api/v1/runs/${id}/signal`, { signal_type: "cancel", agent_id: "a" });
      }
      note("ok");
    } catch (error) {
      if (!(error instanceof RestError)) return note("cut");
      const { code, message } = error.body.error as { code: string; message: string };
      const late = code === "INVALID_TRANSITION";
      note(late ? "CONFLICT" : code === "BUSY" ? code : `${code}: ${message}`);
    }
  }
}

function tail(daemon: SpawnedDaemon): string {
  return daemon.log().slice(-2_000);
}
