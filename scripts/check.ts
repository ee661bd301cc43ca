// `npm run check`: formatting, lint, types, and what the house asks of every file.

import { join } from "node:path";
import { denoBinary, root, run } from "./tools.ts";

const checks: [string, string, string[]][] = [
  ["formatting", denoBinary(), ["fmt", "--check", "--quiet"]],
  ["lint", denoBinary(), ["lint", "--quiet"]],
  ["types", join(root, "node_modules/.bin/tsc"), ["--noEmit"]],
  ["the house", process.execPath, ["--test", "--test-reporter=dot", "tests/house/*.test.ts"]],
];

for (const [name, command, args] of checks) {
  console.log(`check: ${name}`);
  if (await run(command, args) !== 0) {
    console.error(`check failed: ${name}`);
    process.exit(1);
  }
}
