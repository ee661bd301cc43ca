// `npm test [-- PATTERN …]`: the runtime-neutral tests on Deno, then all tests on Node.

import { globSync } from "node:fs";
import { denoBinary, root, run } from "./tools.ts";

/** Pure code: the same files run on both runtimes. */
const NEUTRAL = [
  "tests/core/*.test.ts",
  "tests/embed/**/*.test.ts",
  "tests/engine/interpolate/*.test.ts",
];

const patterns = process.argv.slice(2);
const all = globSync("tests/**/*.test.ts", { cwd: root }).sort();
const chosen = patterns.length === 0
  ? all
  : all.filter((file) => patterns.some((pattern) => file.includes(pattern)));
if (chosen.length === 0) {
  console.error(`no test file matches ${patterns.join(", ")}`);
  process.exit(2);
}

const neutral = globSync(NEUTRAL, { cwd: root }).filter((file) => chosen.includes(file));
let failed = false;
if (neutral.length > 0) {
  console.log(`Deno: ${neutral.length} files`);
  failed = await run(
    denoBinary(),
    ["test", "--allow-all", "--no-check", "--quiet", "--reporter=dot", ...neutral],
    { env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" } },
  ) !== 0;
}

// Node's own summary comes last, so that whoever reads the end sees the count.
console.log(`Node: ${chosen.length} files`);
const code = await run(process.execPath, [
  "--test",
  "--test-concurrency=2",
  `--test-reporter=${new URL("./test-reporter.ts", import.meta.url)}`,
  "--test-reporter-destination=stdout",
  ...chosen,
]);
process.exit(code !== 0 || failed ? 1 : 0);
