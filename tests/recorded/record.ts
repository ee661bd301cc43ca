// `npm run record`: makes the recorded database of the newest layout; once, when that is released.
//
// `--tree PATH` records with the build of another checkout, such as one of an earlier layout.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { JsonObject } from "../../core/json.ts";
import { rest } from "../support/http.ts";
import {
  AGENT,
  CHILDREN,
  type Scenario,
  SCENARIOS,
  SECRET,
  templateOf,
  VAULT_KEY,
} from "./scenarios.ts";
import { type Told, toldOf, writeRecording } from "./recording.ts";
import { dump } from "./sql.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values } = parseArgs({ options: { tree: { type: "string" } } });
const tree = values.tree ? resolve(values.tree) : resolve(here, "../..");

interface Daemon {
  url: string;
  kill(): Promise<void>;
}

async function start(home: string): Promise<Daemon> {
  const main = join(tree, "cli/main.ts");
  const child = spawn(process.execPath, [main, "serve", "--listen-addr", "127.0.0.1:0"], {
    // Nothing of this machine is to be found in what is recorded.
    env: { PATH: process.env.PATH, HOME: home, OPCODE_HOME: home, OPCODE_VAULT_KEY: VAULT_KEY },
    cwd: home,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      const found = /"msg":"listening","url":"([^"]+)"/.exec(log);
      if (found) resolve(found[1]!);
    });
    child.once("close", (code) => reject(new Error(`the daemon ended with ${code}: ${log}`)));
  });
  return {
    url,
    async kill() {
      child.kill("SIGKILL");
      await once(child, "close");
    },
  };
}

async function call(url: string, method: string, path: string, body?: JsonObject): Promise<any> {
  const answer = await rest(url, method, `/api/v1${path}`, body);
  if (answer.status < 300) return answer.body;
  throw new Error(`${method} ${path} ${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`);
}

function define(url: string, name: string, definition: JsonObject): Promise<unknown> {
  return call(url, "POST", "/templates", { name, agent_id: AGENT, definition });
}

/** Waits until the run stands as the scenario says; the process is to die then. */
async function reach(url: string, id: string, { at }: Scenario): Promise<void> {
  const [step, status] = at.step ?? [];
  for (let i = 0; i < 200; i++) {
    const reply = await call(url, "GET", `/runs/${id}`);
    if (reply.status === at.status && (!step || reply.steps[step]?.status === status)) return;
    await delay(50);
  }
  throw new Error(`${id} does not come to ${JSON.stringify(at)}`);
}

/** Brings the scenarios to where they are to be recorded; returns the ids of their runs. */
async function play(
  url: string,
  sink: string,
  scenarios: [name: string, scenario: Scenario][],
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  await call(url, "PUT", `/secrets/${SECRET.name}`, { value: SECRET.value });
  for (const [name, definition] of Object.entries(CHILDREN)) await define(url, name, definition);
  for (const [name, scenario] of scenarios) {
    const { fork, definition, before = [] } = scenario;
    if (!fork) await define(url, templateOf(name), { inputs: { url: sink }, ...definition });
    const { workflow_id: id } = await call(url, "POST", "/runs", {
      agent_id: AGENT,
      idempotency_key: name,
      ...(fork
        ? { from_run: ids.get(fork.of)!, from_step: fork.step }
        : { template_name: templateOf(name) }),
      wait_ms: before.length > 0 ? 5_000 : 0,
    });
    ids.set(name, id);
    for (const sent of before) {
      await call(url, "POST", `/runs/${id}/signal`, { agent_id: AGENT, ...sent } as JsonObject);
    }
    await reach(url, id, scenario);
  }
  return ids;
}

/** What a reader was told of those that had ended. */
async function told(url: string, ids: Map<string, string>): Promise<Record<string, Told>> {
  const ended: Record<string, Told> = {};
  for (const [name, id] of ids) {
    const reply = await call(url, "GET", `/runs/${id}`);
    if (["completed", "failed", "cancelled"].includes(reply.status)) ended[name] = toldOf(reply);
  }
  return ended;
}

const { MIGRATIONS } = await import(
  pathToFileURL(join(tree, "engine/store/libsql/migrations.ts")).href
);
const layout = (MIGRATIONS as unknown[]).length;
const home = mkdtempSync(join(tmpdir(), "opcode-record-"));
// Whoever asks it waits for ever.
const sink = createServer(() => {}).listen(0, "127.0.0.1");
await once(sink, "listening");
try {
  const url = `http://127.0.0.1:${(sink.address() as AddressInfo).port}/`;
  const scenarios = Object.entries(SCENARIOS).filter(([, { since }]) => since <= layout);
  const first = await start(home);
  await play(first.url, url, scenarios.filter(([, { again }]) => again));
  await first.kill();
  const second = await start(home);
  const ids = await play(second.url, url, scenarios.filter(([, { again }]) => !again));
  const ended = await told(second.url, ids);
  await second.kill();
  writeRecording(layout, { sql: dump(join(home, "opcode.db")), ended });
  console.log(`layout ${layout}: ${scenarios.length} scenarios`);
} finally {
  sink.closeAllConnections();
  sink.close();
  rmSync(home, { recursive: true, force: true });
}
