// Whether the simulator sees faults inside of the engine, and whether each fault still has its place.
//
// `FAULTS=all npm test -- sim/engine-faults` hunts all of them; otherwise a few are.

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ENGINE_FAULTS } from "./engine-faults.ts";
import { bodiesOf, mutantOf } from "./mutant.ts";
import type { Hunt } from "./mutant-process.ts";

/** Within so many seeds each fault must be seen; the rarest (a time limit that outlives a wait) takes 830. */
const MOST_SEEDS = 1_500;
/** A fault by which the engine never comes to rest is not one that the simulator can see. */
const LONGEST_MS = 240_000;
/** What is hunted by default: seen by the first few seeds. */
const QUICK = 4;

const names = Object.keys(ENGINE_FAULTS);

function hunt(name: string): Promise<Hunt> {
  const script = fileURLToPath(new URL("./mutant-process.ts", import.meta.url));
  const child = fork(script, [name, String(MOST_SEEDS)], {
    // The options of the test runner are not for it.
    execArgv: [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    timeout: LONGEST_MS,
  });
  return new Promise((resolve, reject) => {
    child.on("message", (found) => resolve(found as Hunt));
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`the mutant's process ended with ${code}`)));
  });
}

for (const name of process.env.FAULTS === "all" ? names : names.slice(0, QUICK)) {
  test(`the simulator sees it: ${name}`, async (t) => {
    const { seed, faults } = await hunt(name);
    assert.notEqual(seed, null, `no seed below ${MOST_SEEDS} sees it`);
    t.diagnostic(`seen by seed ${seed}: ${faults[0]!.split("\n")[0]}`);
  });
}

test("every fault has one place in the engine, and changes something", () => {
  assert.ok(names.length >= 10);
  for (const name of names) {
    const fault = ENGINE_FAULTS[name]!;
    assert.notEqual(fault.text, fault.instead, name);
    assert.ok(mutantOf(fault).source.length > 0, name);
  }
});

test("a fault without a place, or with two, is an error that names it", () => {
  const gone = { function: "endStep", text: "no such text", instead: "" };
  assert.throws(
    () => mutantOf(gone),
    /in endStep of the engine: the text stands 0 times: "no such/,
  );
  const nobody = { function: "noSuchFunction", text: "x", instead: "" };
  assert.throws(() => mutantOf(nobody), /noSuchFunction of the engine: there is no such function/);
  const often = { function: "endStep", text: "turn", instead: "" };
  assert.throws(() => mutantOf(often), /the text stands \d+ times/);
});

test("a function goes from its head to its end, wherever it stands", () => {
  const source = [
    "function one(a: number): void {",
    "  two(a);",
    "}",
    "class Box {",
    "  async two(a: { b: number }): Promise<void> {",
    "    if (a) {",
    "      one(1);",
    "    }",
    "  }",
    "}",
    "export function* three<T>(",
    "  a: T,",
    "): void {",
    "  one(3);",
    "}",
  ].join("\n");
  const bodies = (name: string) =>
    bodiesOf(source, name).map(([from, to]) => source.slice(from, to));
  assert.deepEqual(bodies("one"), ["function one(a: number): void {\n  two(a);\n"]);
  assert.deepEqual(
    bodies("two").map((text) => text.includes("one(1)") && !text.includes("one(3)")),
    [
      true,
    ],
  );
  assert.deepEqual(bodies("three").map((text) => text.includes("one(3)")), [true]);
});
