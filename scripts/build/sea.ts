// How a binary comes to be: Node itself, with the program and what that needs written into it.

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Carried } from "./carried.ts";
import { stripElf } from "./strip-elf.ts";

export interface BinaryParts {
  /** The Node of the target. */
  node: string;
  /** What it starts with. */
  program: string;
  carried: Carried;
}

/** Writes the binary to `file`, which has its name once it is whole. Throws what Node says against it. */
export function writeBinary(file: string, { node, program, carried }: BinaryParts): void {
  mkdirSync(dirname(file), { recursive: true });
  const place = mkdtempSync(join(dirname(file), ".build-"));
  try {
    const base = readFileSync(node);
    writeFileSync(join(place, "node"), isElf(base) ? stripElf(base) : base, { mode: 0o755 });
    writeFileSync(join(place, "binary.js"), program);
    const assets: Record<string, string> = {};
    // Their order is that of the names, not that in which they were made.
    for (const [name, bytes] of [...carried].sort(([a], [b]) => a < b ? -1 : 1)) {
      const path = `asset-${Object.keys(assets).length}`;
      writeFileSync(join(place, path), bytes);
      assets[name] = path;
    }
    const config = {
      main: "binary.js",
      executable: "node",
      output: "opcode",
      assets,
      disableExperimentalSEAWarning: true,
      useSnapshot: false,
      // Of these few lines; the program has its own (code-cache.ts).
      useCodeCache: false,
      // Nothing in the environment makes it another program than it is.
      execArgvExtension: "none",
    };
    writeFileSync(join(place, "sea.json"), JSON.stringify(config));
    const { status, stderr } = spawnSync(process.execPath, ["--build-sea", "sea.json"], {
      cwd: place,
      encoding: "utf8",
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    if (status !== 0) throw new Error(`node --build-sea failed: ${stderr}`);
    chmodSync(join(place, "opcode"), 0o755);
    renameSync(join(place, "opcode"), file);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function isElf(program: Uint8Array): boolean {
  return Buffer.from(program.subarray(0, 4)).toString("latin1") === "\x7fELF";
}
