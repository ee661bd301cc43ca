// A process of its own that listens where a daemon should, answers like one, and keeps what it is sent.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterwards, type Cleanup } from "./daemon.ts";

export interface Impostor {
  port: number;
  pid: number;
  /** All bytes that it was sent so far; asks the process, so nothing is under way. */
  received(): Promise<string>;
  kill(): Promise<void>;
}

/** Answers every request with what an eager client may take for a daemon; or hands bytes on to `relay`. */
const SOURCE = `
const { createServer, connect } = require("node:net");
const [host, port, relay] = process.argv.slice(1);
let got = "";
const server = createServer((socket) => {
  socket.on("error", () => {});
  if (relay) {
    const to = new URL(relay);
    const on = connect(Number(to.port), to.hostname.replace(/[\\[\\]]/g, ""));
    on.on("error", () => socket.destroy());
    socket.on("data", (bytes) => { got += bytes; on.write(bytes); });
    on.on("data", (bytes) => socket.write(bytes));
    return;
  }
  socket.on("data", (bytes) => {
    got += bytes;
    const body = JSON.stringify({
      status: "ok", version: "1", runs: [], templates: [], agents: [],
      nonce: "0".repeat(64), proof: "0".repeat(64), jsonrpc: "2.0", id: 1, result: {},
    });
    socket.write("HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: " +
      body.length + "\\r\\n\\r\\n" + body);
  });
});
server.listen({ host, port: Number(port), ipv6Only: host === "::1" }, () =>
  console.log(JSON.stringify(server.address().port)));
process.stdin.on("data", () => setImmediate(() => console.log(JSON.stringify(got))));
`;

export async function startImpostor(
  t: Cleanup,
  options: { host: string; port?: number; relay?: string },
): Promise<Impostor> {
  const args = ["-e", SOURCE, options.host, String(options.port ?? 0), options.relay ?? ""];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "close");
    child.kill("SIGKILL");
    await gone;
  };
  afterwards(t, kill);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the impostor cannot listen at ${options.host}`);
    return JSON.parse(value);
  };
  const port: number = await next();
  return {
    port,
    pid: child.pid!,
    kill,
    received() {
      child.stdin.write("?\n");
      return next();
    },
  };
}
