// Plays the binary on plain Node, is its client, and writes down what V8 has compiled by then.
//
// `node warm-up.ts PLACE`: what the binary will carry is in PLACE/carried; PLACE/NAME.THREAD.cache is written.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import v8 from "node:v8";
import { BroadcastChannel } from "node:worker_threads";

const place = process.argv[2]!;
const home = process.env.OPCODE_HOME!;
const require = createRequire(import.meta.url);

/** Makes the programs of this thread find what the binary would carry, and keeps those it runs. */
const PLAY = `
  const { readFileSync, globSync, renameSync, writeFileSync } = require("node:fs");
  const { threadId } = require("node:worker_threads");
  const sea = require("node:sea");
  const vm = require("node:vm");
  const carried = ${JSON.stringify(join(place, "carried"))} + "/";
  sea.isSea = () => true;
  sea.getAssetKeys = () => globSync("**/*", { cwd: carried });
  sea.getRawAsset = (name) => {
    const bytes = readFileSync(carried + name);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  };
  const scripts = new Map();
  vm.Script = class extends vm.Script {
    constructor(text, options) {
      super(text, options);
      scripts.set(/^opcode\\/(.*)\\.js$/.exec(options.filename)?.[1], this);
    }
  };
  const write = (...names) => {
    for (const [name, script] of scripts) {
      if (!names.includes(name)) continue;
      const file = ${JSON.stringify(place)} + "/" + name + "." + threadId;
      writeFileSync(file, script.createCachedData());
      renameSync(file, file + ".cache");
    }
  };
`;

/** A thread also writes when it is told to, and tells that it has. */
const PLAY_IN_THREAD = `${PLAY}
  const { BroadcastChannel } = require("node:worker_threads");
  const channel = new BroadcastChannel("warm-up");
  channel.onmessage = () => {
    write(...scripts.keys());
    channel.postMessage([...scripts.keys()]);
  };
  channel.unref();
`;

const WORKFLOW = {
  steps: [
    { id: "a", action: "crypto.uuid" },
    {
      id: "b",
      action: "jq.transform",
      depends_on: ["a"],
      condition: "steps.a.output.uuid != ''",
      params: { data: { x: [1] }, filter: ".x[0]" },
    },
  ],
};

process.exitCode = 1;
await warmUp().catch((error) => console.error(error));
process.exit();

async function warmUp(): Promise<void> {
  const thread = join(place, "carried/thread.js");
  writeFileSync(thread, `{${PLAY_IN_THREAD}}\n${readFileSync(thread, "latin1")}`);
  const write = new Function("require", `${PLAY}; return write;`)(require) as (
    ...names: string[]
  ) => void;
  const setFlags = v8.setFlagsFromString;
  // A cache is good for the flags that it was written under: those of a start here, those of a daemon
  // (server/heap.ts, server/heap-growth.ts) in the threads.
  require("node:v8").setFlagsFromString = () => {};
  require("node:vm").runInNewContext = () => () => {};
  process.argv = [process.execPath, "opcode", "serve", "--listen-addr", "127.0.0.1:0", "--panel"];
  new Function("require", readFileSync(join(place, "binary.js"), "utf8"))(require);
  const url = await address();
  // Of the program no more than a start takes: all of it is read at every start, by commands, too.
  write("main");
  await use(url);
  write("panel");
  setFlags("--expose-gc");
  setFlags("--heap-growing-percent=100");
  await threadsWrite();
  process.exitCode = 0;
}

async function address(): Promise<string> {
  const file = join(home, "daemon.json");
  while (!existsSync(file)) await delay(10);
  const { url } = JSON.parse(readFileSync(file, "utf8"));
  while ((await fetch(`${url}/healthz`)).status !== 200) await delay(10);
  return url;
}

/** What people and agents do first; of threads for expressions it needs one. */
async function use(url: string): Promise<void> {
  const post = async (path: string, body: object) => {
    const response = await fetch(url + path, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return text;
  };
  const agent = { agent_id: "a" };
  await post("/api/v1/templates", { ...agent, name: "t", definition: WORKFLOW });
  const ended = await post("/api/v1/runs", { ...agent, template_name: "t", wait_ms: 60_000 });
  if (!ended.includes('"completed"')) throw new Error(ended);
  const call = (id: number, method: string, params: object) =>
    post("/mcp", { jsonrpc: "2.0", id, method, params });
  await call(1, "initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "warm-up", version: "1" },
  });
  for (const path of ["/", "/workflows", "/api/v1/runs", "/api/v1/events", "/metrics"]) {
    const response = await fetch(url + path, { headers: { accept: "text/html" } });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    await response.text();
  }
}

/** Until each kind of thread has written. */
async function threadsWrite(): Promise<void> {
  const channel = new BroadcastChannel("warm-up");
  const missing = new Set(["store-thread", "worker-thread"]);
  const all = Promise.withResolvers<void>();
  channel.onmessage = (event) => {
    for (const name of (event as { data: string[] }).data) missing.delete(name);
    if (missing.size === 0) all.resolve();
  };
  channel.postMessage("write");
  await all.promise;
}
