// `npm test [-- PATTERN… --FLAG…]`: all tests on Node, and beside them the runtime-neutral ones on Deno.

import { globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { capture, denoBinary, root, run } from "./tools.ts";

/** A test that waits for ever fails with its name. */
const TEST_TIMEOUT_MS = 300_000;

/** A file that does not end after its tests, or never yields, ends the run: Node names what ran. */
const RUN_TIMEOUT_MS = 3_600_000;

/** The folders whose tests need nothing of one runtime: the same files run on both. */
const NEUTRAL =
  /^tests\/(compat|core|embed|actions|cli|engine\/(definition|interpolate|diagram)|server\/(settings|mcp))\//;

// Each file is a process that would compile the same sources again.
process.env.NODE_COMPILE_CACHE ??= join(root, "node_modules/.cache/node-compile-cache");

const args = process.argv.slice(2);
const flags = args.filter((arg) => arg.startsWith("-"));
const patterns = args.filter((arg) => !arg.startsWith("-"));
const files = globSync("tests/**/*.test.ts", { cwd: root }).sort().filter((file) =>
  patterns.length === 0 || patterns.some((pattern) => file.includes(pattern))
);
if (files.length === 0) {
  console.error(`no test file has ${patterns.join(" or ")} in its path`);
  process.exit(2);
}

// The clients of others are large, and nothing but their tests needs them.
const foreign = files.some((file) =>
  readFileSync(join(root, file), "utf8").includes("support/clients.ts")
);
if (foreign && await run(process.execPath, ["scripts/setup/clients.mjs"]) !== 0) process.exit(1);

// One server for all that need one; its databases are made anew, and it ends with this process.
const database = process.env.STORE === "postgres" ||
  files.some((file) => readFileSync(join(root, file), "utf8").includes("support/postgres.ts"));
if (database) {
  if (await run(process.execPath, ["scripts/setup/servers.mjs"]) !== 0) process.exit(1);
  const { startPostgres } = await import("../tests/support/postgres-server.ts");
  process.env.OPCODE_TEST_POSTGRES = (await startPostgres()).socket;
}

// What the tests start as programs; where it cannot be made, they run from the sources.
await run(process.execPath, ["scripts/bundle.ts"]);

// Flags are for Node alone.
const neutral = flags.length > 0 ? [] : files.filter((file) => NEUTRAL.test(file));
const onDeno = neutral.length === 0 ? true : testOnDeno(neutral);
// It is one process, and done long before all of Node's; of a few files it would tell after their summary.
if (patterns.length > 0) await onDeno;
const passedOnNode = await testOnNode(files);
process.exitCode = await onDeno && passedOnNode ? 0 : 1;

async function testOnDeno(files: string[]): Promise<boolean> {
  console.log(`On Deno: ${files.length} files that need no particular runtime`);
  const options = ["--allow-all", "--no-check", "--quiet", "--reporter=dot"];
  const command = ["test", ...options, ...files];
  const { code, output } = await capture(denoBinary(), command, { timeout: RUN_TIMEOUT_MS });
  // Away from a terminal each dot is a line of its own.
  console.log(output.replaceAll(/^[.,!]*\n/gm, "").trim());
  if (code !== 0) console.log("✖ FAILED on Deno: see above; the summary at the end is Node's");
  return code === 0;
}

async function testOnNode(files: string[]): Promise<boolean> {
  console.log(`On Node ${process.versions.node}: ${files.length} files`);
  const options = [
    `--test-concurrency=${availableParallelism()}`,
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    `--test-reporter=${join(root, "scripts/test-reporter.ts")}`,
    "--test-reporter-destination=stdout",
  ];
  const command = ["--test", ...options, ...flags, ...files];
  return await run(process.execPath, command, { timeout: RUN_TIMEOUT_MS }) === 0;
}
