// What steps cost that read others, as their run grows: each row divides by the run's steps.

import type { JsonObject } from "../../core/json.ts";
import type { Opcode } from "../../engine/api.ts";
import { printHead, printRow } from "./table.ts";

const SIZES = [100, 1_000, 10_000];
const ROUNDS = 5;

const AFTER_FIRST = { depends_on: ["first"] };

/** As many steps beside each other, behind one that they may read. */
function beside(size: number, step: (i: number) => JsonObject): JsonObject[] {
  const first = { id: "first", action: "crypto.uuid" };
  const others = Array.from({ length: size - 1 }, (_, i) => ({
    id: `s${i}`,
    ...AFTER_FIRST,
    ...step(i),
  }));
  return [first, ...others];
}

const uuid = { action: "crypto.uuid" };
const evaluate = (expression: string, more: JsonObject = {}) => ({
  action: "expr.eval",
  params: { expression, ...more },
});
const transform = (filter: string, more: JsonObject = {}) => ({
  action: "jq.transform",
  params: { filter, ...more },
});

/** As many steps, and one that reads the outputs of all. */
function joined(size: number, step: JsonObject): JsonObject[] {
  const all = Array.from({ length: size - 1 }, (_, i) => ({ id: `s${i}`, ...uuid }));
  return [...all, { id: "join", depends_on: all.map(({ id }) => id), ...step }];
}

/** Definitions with `size` steps that run, by what they do. */
const SHAPES: Record<string, (size: number) => JsonObject[]> = {
  "crypto.uuid": (size) => beside(size, () => uuid),
  "expr.eval that reads nothing": (size) => beside(size, (i) => evaluate(`${i % 100} + 1`)),
  "expr.eval that reads a step": (size) => beside(size, () => evaluate("steps.first.uuid")),
  "expr.eval that computes which": (size) =>
    beside(size, () => evaluate("steps[data].uuid", { data: "first" })),
  "guard that reads a step": (size) =>
    beside(size, () => ({ ...uuid, condition: "steps.first.uuid != ''" })),
  "jq.transform of data": (size) =>
    beside(size, () => transform(".n + 1", { data: { n: 1, of: "${{steps.first.uuid}}" } })),
  "jq.transform that reads a step": (size) => beside(size, () => transform(".steps.first.uuid")),
  "loop of expr.eval": (size) => [
    { id: "first", ...uuid },
    {
      id: "l",
      type: "loop",
      ...AFTER_FIRST,
      config: {
        over: Array.from({ length: size - 2 }, (_, i) => i),
        body: [{ id: "x", ...evaluate("steps.first.uuid") }],
      },
    },
  ],
  "join of all by expr.eval": (size) =>
    joined(size, evaluate("len(map(keys(steps), steps[#]?.uuid))")),
  "join of all by jq.transform": (size) => joined(size, transform("[.steps[].uuid?] | length")),
  "join of all by CEL": (size) =>
    joined(size, {
      ...evaluate("len(data)", { data: "${{ steps.map(id, steps[id].uuid) }}" }),
    }),
};

/** `most`: the largest size that is measured. */
export async function benchReads(opcode: Opcode, most = Infinity): Promise<void> {
  printHead("Steps that read others, durability full: time a step");
  for (const [shape, stepsOf] of Object.entries(SHAPES)) {
    for (const size of SIZES.filter((size) => size <= most)) {
      await define(opcode, stepsOf(size));
      const samples: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        samples.push(await timed(() => run(opcode, "completed")) * 1_000 / size);
      }
      printRow({ work: `${shape}, ${size} steps`, samples, unit: "µs/step" });
    }
  }
  await benchQuestions(opcode, most);
}

/** How long it takes to ask as many questions at once, and to tell of such a run and of a wide one. */
async function benchQuestions(opcode: Opcode, most: number): Promise<void> {
  printHead("Wide runs: questions asked, and their status");
  for (const size of SIZES.filter((size) => size <= most)) {
    const ask = {
      type: "reasoning",
      config: {
        prompt_context: "ok: ${{steps.first.uuid}}?",
        options: [{ id: "yes", description: "go on" }],
      },
    };
    for (
      const [what, step, end] of [["questions", ask, "suspended"], [
        "steps",
        uuid,
        "completed",
      ]] as const
    ) {
      await define(opcode, beside(size, () => step));
      const asked: number[] = [];
      const told: number[] = [];
      for (let round = 0; round < 3; round++) {
        let id = "";
        asked.push(await timed(async () => id = await run(opcode, end)) * 1_000 / size);
        told.push(await timed(() => opcode.status(id)) * 1_000 / size);
        if (end === "suspended") {
          await opcode.signal({ workflow_id: id, signal_type: "cancel", agent_id: "bench" });
        }
      }
      printRow({ work: `${size} ${what}, to rest`, samples: asked, unit: "µs/step" });
      printRow({ work: "… status", samples: told, unit: "µs/step" });
    }
  }
}

async function define(opcode: Opcode, steps: JsonObject[]): Promise<void> {
  await opcode.define({ name: "reads", definition: { steps }, agent_id: "bench" });
}

async function run(opcode: Opcode, end: string): Promise<string> {
  const reply = await opcode.run({ template_name: "reads", agent_id: "bench", wait_ms: 300_000 });
  if (reply.status !== end) throw new Error(`${reply.status}: ${JSON.stringify(reply.error)}`);
  return reply.workflow_id;
}

/** Milliseconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
