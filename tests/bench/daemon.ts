// A daemon process under measurement: started on a fresh home, driven over raw keep-alive sockets.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Pool } from "undici";
import type { JsonObject } from "../../core/json.ts";
import { cpuMsOf } from "./cpu-time.ts";

const MAIN = fileURLToPath(new URL("../../bin/opcode.mjs", import.meta.url));

export class BenchDaemon {
  readonly url: string;
  readonly home: string;
  readonly #child: ChildProcess;
  readonly #pool: Pool;

  private constructor(url: string, home: string, child: ChildProcess) {
    this.url = url;
    this.home = home;
    this.#child = child;
    this.#pool = new Pool(url, { connections: 128, headersTimeout: 0 });
  }

  /**
   * `home`: of an earlier one; `prepare` is given the data directory before the daemon is; `main`:
   * the program of another checkout.
   */
  static async start(
    durability: "full" | "normal",
    { home = mkdtempSync(join(tmpdir(), "opcode-bench-")), main = MAIN, env = {}, prepare }: {
      home?: string;
      main?: string;
      env?: Record<string, string>;
      prepare?: (home: string) => Promise<void>;
    } = {},
  ): Promise<BenchDaemon> {
    await prepare?.(home);
    const child = spawn(process.execPath, [main, "serve", "--listen-addr", "127.0.0.1:0"], {
      env: { ...process.env, ...env, OPCODE_HOME: home, OPCODE_DURABILITY: durability },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let log = "";
    const url = await new Promise<string>((resolve, reject) => {
      child.stderr!.setEncoding("utf8").on("data", (text: string) => {
        if (log.length < 100_000) log += text;
        const found = /"msg":"listening","url":"([^"]+)"/.exec(log);
        if (found) resolve(found[1]!);
      });
      child.once("close", (code) => reject(new Error(`the daemon ended with ${code}: ${log}`)));
    });
    return new BenchDaemon(url, home, child);
  }

  /** Posts JSON and returns the parsed body; anything but 2xx throws. */
  async post(
    path: string,
    body: JsonObject,
    headers: Record<string, string> = {},
  ): Promise<JsonObject> {
    const response = await this.#pool.request({
      method: "POST",
      path,
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    const text = await response.body.text();
    if (response.statusCode >= 300) throw new Error(`${path}: ${response.statusCode} ${text}`);
    return JSON.parse(text) as JsonObject;
  }

  async get(path: string): Promise<JsonObject> {
    const response = await this.#pool.request({ method: "GET", path });
    return await response.body.json() as JsonObject;
  }

  async define(name: string, definition: JsonObject): Promise<void> {
    await this.post("/api/v1/templates", { name, definition, agent_id: "bench" });
  }

  /** Runs a template to its end. */
  async run(name: string): Promise<JsonObject> {
    const reply = await this.post("/api/v1/runs", {
      template_name: name,
      agent_id: "bench",
      wait_ms: 60_000,
    });
    if (reply.status !== "completed") {
      throw new Error(`${name}: ${JSON.stringify(reply).slice(0, 500)}`);
    }
    return reply;
  }

  /** CPU time of the daemon so far, user and system, in ms. */
  cpuMs(): number {
    return cpuMsOf(this.#child.pid!);
  }

  /** Resident memory in MB: all of it, and the anonymous part. */
  memory(): { rss: number; anonymous: number } {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    const mb = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)![1]) / 1024;
    return { rss: mb("VmRSS"), anonymous: mb("RssAnon") };
  }

  /** Its share of resident memory, of all its threads, in MB: what it shares is divided. */
  pss(): number {
    const text = readFileSync(`/proc/${this.#child.pid}/smaps_rollup`, "utf8");
    return Number(/^Pss:\s+(\d+)/m.exec(text)![1]) / 1024;
  }

  async stop(keepsHome = false): Promise<void> {
    await this.#pool.close();
    const gone = once(this.#child, "close");
    this.#child.kill("SIGTERM");
    await gone;
    if (!keepsHome) rmSync(this.home, { recursive: true, force: true });
  }
}
