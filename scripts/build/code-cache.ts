// What V8 compiles of the programs is kept in the binary, so that its starts need not compile it again.

import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Carried } from "./carried.ts";

/** The programs that have one. */
export const CACHED = ["main", "panel", "store-thread", "worker-thread"];

const WARM_UP = join(import.meta.dirname, "warm-up.ts");

/**
 * Lets the programs do what a daemon does first, on the Node that will run them, and adds what was
 * compiled for that. Throws when they do not work, or when Node would not take it back.
 */
export function addCodeCache(carried: Carried, program: string, node: string): void {
  const place = mkdtempSync(join(tmpdir(), "opcode-warm-up-"));
  try {
    for (const [name, bytes] of carried) {
      const file = join(place, "carried", name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
    writeFileSync(join(place, "binary.js"), program);
    const { status, stderr } = spawnSync(node, [WARM_UP, place], {
      encoding: "utf8",
      timeout: 120_000,
      env: { PATH: process.env.PATH, HOME: place, OPCODE_HOME: join(place, "home") },
    });
    if (status !== 0) throw new Error(`the programs do not work: ${stderr}`);
    for (const name of CACHED) {
      // Of several threads the one that has done the most: it knows what the others know.
      const [cache] = globSync(`${name}.*.cache`, { cwd: place })
        .map((file) => readFileSync(join(place, file))).sort((a, b) => b.length - a.length);
      if (!cache?.length) throw new Error(`nothing was compiled of ${name}`);
      carried.set(`${name}.cache`, cache);
    }
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
