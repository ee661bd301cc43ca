// How long compiled guards and resolved params take, in µs.

import { loadCel } from "../../embed/cel.ts";
import { compileValue } from "../../engine/interpolate/compile.ts";
import { resolve } from "../../engine/interpolate/resolve.ts";
import { createScope } from "../embed/cel/scope.ts";
import { printHead, printRow } from "./table.ts";

const SAMPLES = 40;
const RUNS = 2_000;

const scope = {
  ...createScope({
    steps: { a: { status: "completed", output: { code: 200, items: [1, 2, 3], name: "x" } } },
    inputs: { n: 5, env: "prod" },
  }),
  secret: () => "",
};

/** Twenty tokens: lone ones and some within text. */
const PARAMS = Object.fromEntries(
  Array.from({ length: 10 }, (_, i) => [
    `p${i}`,
    i % 2 === 0
      ? ["${{steps.a.output.code}}", "${{inputs.n}}"]
      : "${{inputs.env}}/${{steps.a.name}}",
  ]),
);

export async function benchCel(): Promise<void> {
  const cel = await loadCel();
  const guard = cel.compile("steps.a.code == 200 && inputs.env in ['prod', 'test']");
  const params = compileValue(PARAMS, { compileCel: (source) => cel.compile(source) });
  printHead("Compiled expressions: time a run");
  measure("guard", 5, () => guard.evaluateBoolean(scope));
  measure("params with 20 tokens", 20, () => resolve(params, scope));
}

function measure(work: string, bar: number, run: () => unknown): void {
  for (let i = 0; i < RUNS; i++) run();
  const samples: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    const began = performance.now();
    for (let i = 0; i < RUNS; i++) run();
    samples.push((performance.now() - began) * 1_000 / RUNS);
  }
  printRow({
    work,
    samples,
    unit: "µs",
    bar: { value: bar, good: "below", text: `≤ ${bar} µs` },
  });
}
