// How long compiled Expr programs take, in µs a run.

import { loadExpr } from "../../embed/expr.ts";
import { printHead, printRow } from "./table.ts";

const SAMPLES = 40;
const RUNS = 5_000;

const ENV = {
  items: Array.from({ length: 20 }, (_, i) => ({ x: i, name: `item ${i}` })),
  inputs: { status: "ok", count: 5 },
};

const ROWS: { work: string; source: string; bar?: number }[] = [
  {
    work: "Expr filter|map|sum over 20 items",
    source: "filter(items, .x > 1) | map(.x * 2) | sum()",
    bar: 5,
  },
  { work: "Expr guard", source: "inputs.status == 'ok' && inputs.count > 3", bar: 5 },
  { work: "Expr filter and sum of 1,000 ints", source: "1..1000 | filter(# % 3 == 0) | sum()" },
  { work: "Expr groupBy over 20 items", source: "groupBy(items, .x > 9)" },
];

export async function benchExpr(): Promise<void> {
  const expr = await loadExpr();
  printHead("Compiled Expr programs: time a run");
  for (const { work, source, bar } of ROWS) {
    const program = expr.compile(source);
    for (let i = 0; i < RUNS; i++) program.run(ENV);
    const samples: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample++) {
      const began = performance.now();
      for (let i = 0; i < RUNS; i++) program.run(ENV);
      samples.push((performance.now() - began) * 1_000 / RUNS);
    }
    printRow({
      work,
      samples,
      unit: "µs",
      ...(bar !== undefined && {
        bar: { value: bar, good: "below" as const, text: `≤ ${bar} µs` },
      }),
    });
  }
}
