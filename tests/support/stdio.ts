// How tests speak to `opcode mcp` line by line, with every line under their control.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { JsonObject } from "../../core/json.ts";
import { cliCommand } from "./cli.ts";
import { afterwards, type Cleanup } from "./daemon.ts";

export interface StdioBridge {
  child: ChildProcess;
  stderr(): string;
  /** Writes bytes as they are. */
  raw(bytes: string | Uint8Array): void;
  /** Writes a message as a line. */
  send(message: unknown): void;
  /** The next line of output, which must be JSON. */
  next(): Promise<any>;
  /** Sends a request and answers with what answers it; messages before it are kept for `before`. */
  ask(method: string, params?: JsonObject): Promise<any>;
  /** The messages that came before the last answer of `ask`. */
  before: any[];
  /** The `initialize` exchange of a revision, up to `notifications/initialized`. */
  initialize(version?: string): Promise<any>;
  /** Closes its input; resolves with the exit code once it has ended. */
  end(): Promise<number | null>;
}

/** `command`: what starts it, where that is not this checkout's `opcode mcp`. */
export function startBridge(
  t: Cleanup,
  options: {
    command?: [string, ...string[]];
    args?: string[];
    env?: Record<string, string>;
    binary?: string;
  },
): StdioBridge {
  const ours = cliCommand(["mcp", ...options.args ?? []], options.env, options.binary);
  const [command, ...args] = options.command ?? [ours.command, ...ours.args];
  const { env } = ours;
  const child = spawn(command, args, { env, stdio: "pipe" });
  afterwards(t, () => child.kill("SIGKILL"));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => stderr += text);
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let id = 0;
  const bridge: StdioBridge = {
    child,
    stderr: () => stderr,
    before: [],
    raw: (bytes) => void child.stdin.write(bytes),
    send: (message) => void child.stdin.write(JSON.stringify(message) + "\n"),
    async next() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`opcode mcp has ended: ${stderr}`);
      return JSON.parse(value);
    },
    async ask(method, params = {}) {
      const asked = ++id;
      bridge.before = [];
      bridge.send({ jsonrpc: "2.0", id: asked, method, params });
      for (;;) {
        const message = await bridge.next();
        if (message.id === asked && message.method === undefined) return message;
        bridge.before.push(message);
      }
    },
    async initialize(version = "2025-11-25") {
      const clientInfo = { name: "test", version: "1" };
      const params = { protocolVersion: version, capabilities: {}, clientInfo };
      const { result } = await bridge.ask("initialize", params);
      bridge.send({ jsonrpc: "2.0", method: "notifications/initialized" });
      return result;
    },
    async end() {
      const gone = once(child, "close");
      child.stdin.end();
      if (child.exitCode === null) await gone;
      return child.exitCode;
    },
  };
  return bridge;
}
