// What the machine itself costs (fsync, bare Node), and how quickly a daemon is there.

import { spawnSync } from "node:child_process";
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BenchDaemon } from "./daemon.ts";
import { percentile, printHead, printRow } from "./table.ts";

const MAIN = fileURLToPath(new URL("../../bin/opcode.mjs", import.meta.url));

export function benchFloor(): void {
  printHead("The machine's own floor");
  const home = mkdtempSync(join(tmpdir(), "opcode-bench-"));
  const file = openSync(join(home, "floor"), "w");
  const samples: number[] = [];
  for (let i = 0; i < 300; i++) {
    const began = performance.now();
    writeSync(file, Buffer.alloc(4096, i));
    fdatasyncSync(file);
    samples.push(performance.now() - began);
  }
  closeSync(file);
  rmSync(home, { recursive: true, force: true });
  printRow({ work: "write 4 KiB + fdatasync", samples, unit: "ms" });
}

export async function benchStart(): Promise<void> {
  printHead("Start and memory, from a checkout");
  const spawned = (...args: string[]) => {
    const began = performance.now();
    const { status } = spawnSync(process.execPath, args);
    if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}`);
    return performance.now() - began;
  };
  const bare = Array.from({ length: 15 }, () => spawned("-e", "0"));
  printRow({ work: "node -e 0", samples: bare, unit: "ms" });
  const bar = 1.3 * percentile(bare, 0.5);
  printRow({
    work: "opcode version",
    samples: Array.from({ length: 15 }, () => spawned(MAIN, "version")),
    unit: "ms",
    bar: { value: bar, good: "below", text: "≤ 1.3 × bare Node" },
  });
  const ready: number[] = [];
  const rss: number[] = [];
  const anonymous: number[] = [];
  for (let i = 0; i < 5; i++) {
    const began = performance.now();
    const daemon = await BenchDaemon.start("full");
    await daemon.get("/healthz");
    ready.push(performance.now() - began);
    const memory = daemon.memory();
    rss.push(memory.rss);
    anonymous.push(memory.anonymous);
    await daemon.stop();
  }
  const below = (value: number, unit: string) => ({
    value,
    good: "below" as const,
    text: `≤ ${value} ${unit}`,
  });
  printRow({ work: "start to first answer", samples: ready, unit: "ms", bar: below(300, "ms") });
  printRow({ work: "idle memory, resident", samples: rss, unit: "MB", bar: below(150, "MB") });
  printRow({
    work: "idle memory, anonymous",
    samples: anonymous,
    unit: "MB",
    bar: below(95, "MB"),
  });
}
