// What large loops, fan-outs and chains cost a step, on a file, and what they cost their neighbours.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Action, DEFAULT_HOST_LIMITS } from "../../actions/action.ts";
import { builtinActions } from "../../actions/builtin.ts";
import { createRegistry } from "../../actions/registry.ts";
import type { JsonObject } from "../../core/json.ts";
import { silentLogger } from "../../core/log.ts";
import type { Opcode } from "../../engine/api.ts";
import { openEngine } from "../../engine/opcode.ts";
import { openLibsqlStore } from "../../engine/store/libsql/open.ts";
import { benchReads } from "./reads.ts";
import { printHead, printRow } from "./table.ts";

const noop: Action = {
  name: "bench.noop",
  description: "Answers a constant.",
  effects: "none",
  input: { type: "object" },
  output: { type: "object" },
  execute: () => ({ ok: true }),
};
const ROUNDS = 7;

/** Definitions with about `size` steps that run, by what they are. */
const SHAPES: Record<string, (size: number) => JsonObject[]> = {
  "loop over a list": (size) => [{
    id: "l",
    type: "loop",
    config: { over: Array.from({ length: size }, (_, i) => i), body: [step("x")] },
  }],
  "while loop": (size) => [{
    id: "l",
    type: "loop",
    config: { mode: "while", condition: `iter.index < ${size}`, body: [step("x")] },
  }],
  "parallel branches": (size) => [{
    id: "p",
    type: "parallel",
    config: { branches: Array.from({ length: size - 1 }, () => [step("x")]) },
  }],
  "chain": (size) =>
    Array.from({ length: size }, (_, i) => step(`s${i}`, i > 0 ? [`s${i - 1}`] : [])),
};

function step(id: string, depends_on: string[] = []): JsonObject {
  return { id, action: noop.name, depends_on };
}

export async function benchLanguage(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "opcode-bench-"));
  const opcode = await openEngine({
    store: await openLibsqlStore({ path: join(home, "bench.db"), durability: "full" }),
    registry: createRegistry([...builtinActions, noop]),
    host: { env: {}, cwd: "/", isProtected: () => false, limits: DEFAULT_HOST_LIMITS },
    log: silentLogger,
    poolSize: 10,
    notify: () => Promise.resolve({ notified: false }),
  });
  try {
    printHead("Large workflows in the engine, durability full: time a step");
    for (const [shape, stepsOf] of Object.entries(SHAPES)) {
      for (const size of [100, 1_000, 10_000]) {
        await define(opcode, "large", stepsOf(size));
        const samples: number[] = [];
        for (let round = 0; round < ROUNDS; round++) {
          samples.push(await timed(opcode, "large") * 1_000 / size);
        }
        printRow({ work: `${shape}, ${size} steps`, samples, unit: "µs/step" });
      }
    }
    await benchReads(opcode);
    await benchNeighbours(opcode);
  } finally {
    await opcode.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

/** How long ten steps in sequence take alone, and beside a loop that never lets up. */
async function benchNeighbours(opcode: Opcode): Promise<void> {
  printHead("Ten steps in sequence beside a loop of 10,000 iterations");
  await define(opcode, "small", SHAPES.chain!(10));
  await define(opcode, "large", SHAPES["loop over a list"]!(10_000));
  const alone: number[] = [];
  for (let i = 0; i < 200; i++) alone.push(await timed(opcode, "small"));
  printRow({ work: "alone", samples: alone, unit: "ms" });
  const beside: number[] = [];
  let over = false;
  const loops = (async () => {
    for (let i = 0; i < 5; i++) await timed(opcode, "large");
    over = true;
  })();
  while (!over) beside.push(await timed(opcode, "small"));
  await loops;
  printRow({ work: "beside the loop", samples: beside, unit: "ms" });
}

async function define(opcode: Opcode, name: string, steps: JsonObject[]): Promise<void> {
  await opcode.define({ name, definition: { steps }, agent_id: "bench" });
}

/** Milliseconds from the call to its answer. */
async function timed(opcode: Opcode, name: string): Promise<number> {
  const began = performance.now();
  const { status } = await opcode.run({ template_name: name, agent_id: "bench" });
  if (status !== "completed") throw new Error(`${name} ${status}`);
  return performance.now() - began;
}
