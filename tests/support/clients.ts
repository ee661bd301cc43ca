// How tests run the MCP clients that others made: installed in clients/, by npm test.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cleanEnv, type Cleanup, tempHome } from "./daemon.ts";

const modules = fileURLToPath(new URL("../../clients/node_modules", import.meta.url));

export interface ClientResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A client by its main file: a script for this Node, or a binary. */
export interface ForeignClient {
  run(
    args: string[],
    options?: { env?: Record<string, string>; cwd?: string },
  ): Promise<ClientResult>;
}

/** A client with a home directory of its own, so that it neither reads nor leaves anything. */
export function foreignClient(t: Cleanup, main: string): ForeignClient {
  const path = join(modules, main);
  if (!existsSync(path)) throw new Error(`${main} is not installed: npm test does that`);
  const home = tempHome(t);
  const [command, ...before] = /\.[cm]?js$/.test(main) ? [process.execPath, path] : [path];
  return {
    run(args, { env, cwd = home } = {}) {
      const child = spawn(command!, [...before, ...args], {
        cwd,
        env: cleanEnv({ ...env, HOME: home, XDG_RUNTIME_DIR: home, NO_COLOR: "1" }),
        stdio: ["ignore", "pipe", "pipe"],
      });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text) => stdout += text);
      child.stderr.setEncoding("utf8").on("data", (text) => stderr += text);
      return new Promise((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code) => resolve({ code, stdout, stderr }));
      });
    },
  };
}

/** Whether a package is there that npm installs on some platforms only. */
export function isInstalled(name: string): boolean {
  return existsSync(join(modules, name));
}

/** A workflow whose output is known, as the arguments of opcode.define. */
export const HASH_WORKFLOW = {
  name: "hash",
  agent_id: "client",
  definition: {
    steps: [{ id: "hash", action: "crypto.hash", params: { data: "${{inputs.text}}" } }],
  },
  input_schema: { type: "object" },
};

export const HASH_RUN = { template_name: "hash", agent_id: "client", params: { text: "hello" } };

export const HASH_OUTPUT = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
