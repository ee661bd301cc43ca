// Where the tools of this checkout are, and how one is run.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Deno's binary for this platform: `.bin/deno` is only there when install scripts were allowed. */
export function denoBinary(): string {
  const [found] = globSync("node_modules/@deno/*/deno", { cwd: root });
  if (!found) throw new Error("Deno is not installed: run npm ci");
  return join(root, found);
}

/** Keeps Deno offline, and its cache out of the user's home. */
const DENO_ENV = {
  DENO_DIR: join(root, "node_modules/.cache/deno"),
  DENO_NO_UPDATE_CHECK: "1",
};

/** Runs a command in the checkout with our terminal, at most `timeout` ms; returns its exit code. */
export async function run(
  command: string,
  args: string[],
  { timeout = 0 }: { timeout?: number } = {},
): Promise<number> {
  const child = spawn(command, args, {
    cwd: root,
    stdio: "inherit",
    timeout,
    env: { ...process.env, ...DENO_ENV },
  });
  const [code] = await once(child, "close");
  return code ?? 1;
}

/** Runs a command in the checkout, at most `timeout` ms, and keeps what it prints, uncoloured. */
export async function capture(
  command: string,
  args: string[],
  { timeout = 0 }: { timeout?: number } = {},
): Promise<{ code: number; output: string }> {
  const child = spawn(command, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    timeout,
    env: { ...process.env, ...DENO_ENV, NO_COLOR: "1" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => output += text);
  }
  const [code] = await once(child, "close");
  return { code: code ?? 1, output };
}
