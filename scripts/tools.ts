// Where the tools of this checkout are, and how one is run.

import { spawn, type SpawnOptions } from "node:child_process";
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

/** What keeps Deno offline, and what it caches out of the user's home. */
export const DENO_ENV = {
  DENO_DIR: join(root, "node_modules/.cache/deno"),
  DENO_NO_UPDATE_CHECK: "1",
};

/** Runs a command in the checkout with our terminal; answers its exit code. */
export function run(command: string, args: string[], options: SpawnOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: "inherit",
      ...options,
      env: { ...process.env, ...DENO_ENV, ...options.env },
    });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
