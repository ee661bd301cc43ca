// Where the tools of this checkout are, and how one is run.

import { spawn, type SpawnOptions } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Deno's binary; npm may have blocked the script that would have put it into `.bin`. */
export function denoBinary(): string {
  const linked = join(root, "node_modules/deno/deno");
  if (existsSync(linked)) return linked;
  const [found] = globSync("node_modules/@deno/*/deno", { cwd: root });
  if (!found) throw new Error("deno is not installed: run npm ci");
  return join(root, found);
}

/** Runs a command in the checkout with our terminal; answers its exit code. */
export function run(command: string, args: string[], options: SpawnOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit", ...options });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
