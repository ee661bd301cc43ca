// `npm run vectors [-- --misses]`: how many answers of the original engines ours give too.
//
// The vectors are read from VECTORS_DIR, or from the folder beside this checkout.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/tools.ts";
import { runCel } from "./cel.ts";
import { runExpr } from "./expr.ts";
import { runJq } from "./jq.ts";
import type { VectorResult } from "./result.ts";

/** The least share, in percent, of the cases of a file that must pass. */
const BARS: [file: RegExp, percent: number][] = [
  [/^expr\/.*\.core\.jsonl$/, 99.5],
  [/^expr\/.*\.errors\.jsonl$/, 95],
  [/^expr\/examples/, 100],
  [/^cel\//, 100],
  [/^jq\/jq181/, 98],
  [/^jq\/gojq/, 94],
];

const dir = process.env.VECTORS_DIR ?? join(root, "../shared/vectors");
const withMisses = process.argv.includes("--misses");

if (!existsSync(dir)) {
  console.log(`no vectors in ${dir}; VECTORS_DIR names another folder`);
} else {
  const results = [...await runExpr(dir), ...runCel(dir), ...await runJq(dir)];
  if (results.length === 0) console.log(`no vectors in ${dir}`);
  for (const result of results) report(result);
}

function report({ file, passed, total, misses }: VectorResult): void {
  const percent = 100 * passed / total;
  const bar = BARS.find(([name]) => name.test(file))?.[1] ?? 100;
  const short = percent < bar;
  const share = `${passed} of ${total}, ${percent.toFixed(1)} %`;
  console.log(`${short ? "✖" : "✔"} ${file}: ${share} (at least ${bar} %)`);
  if (withMisses) { for (const miss of misses) console.log(`    ${miss}`); }
  if (short) process.exitCode = 1;
}
