// `npm run check`: formatting, lint, types, and what the house asks of every file.

import { join } from "node:path";
import { denoBinary, root, run } from "./tools.ts";

const tsc = join(root, "node_modules/typescript/bin/tsc");
const reporter = join(root, "scripts/test-reporter.ts");

const CHECKS: [name: string, command: string, args: string[]][] = [
  ["formatting (deno fmt --check)", denoBinary(), ["fmt", "--check"]],
  ["lint (deno lint)", denoBinary(), ["lint", "--quiet"]],
  ["types (tsc --noEmit)", process.execPath, [tsc, "--noEmit"]],
  [
    "import direction and the other rules of the house (tests/house)",
    process.execPath,
    ["--test", `--test-reporter=${reporter}`, "tests/house/*.test.ts"],
  ],
];

// All of them, also after a failure: one run tells everything that is wrong.
const failed: string[] = [];
for (const [name, command, args] of CHECKS) {
  console.log(`check: ${name}`);
  if (await run(command, args) !== 0) failed.push(name);
}
for (const name of failed) console.error(`check failed: ${name}`);
process.exitCode = failed.length > 0 ? 1 : 0;
