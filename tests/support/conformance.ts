// How a daemon is put to the official conformance suite of MCP.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { tempHome } from "./daemon.ts";

/** The revisions of MCP, and how many scenarios each requires of a server. */
export const REVISIONS = [["2026-07-28", 37], ["2025-11-25", 30]] as const;

const SUITE = new URL("../../node_modules/@modelcontextprotocol/conformance/", import.meta.url);

/** The scenarios that the revision requires of a server. */
function required(revision: string): string[] {
  const yaml = readFileSync(new URL(`requirements/${revision}.yaml`, SUITE), "utf8");
  const [, server] = /^server:\n((?: {2}- .*\n)+)/m.exec(yaml)!;
  return server!.trimEnd().split("\n").map((line) => line.slice("  - ".length));
}

async function runSuite(options: { url: string; revision: string; cwd: string }) {
  const main = fileURLToPath(new URL("dist/index.js", SUITE));
  const { url, revision, cwd } = options;
  const child = spawn(
    process.execPath,
    [main, "server", "--url", `${url}/mcp`, "--requirements", revision],
    { cwd, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => output += text);
  const [code] = await once(child, "close");
  return { code: code as number, output };
}

/** All that the revision requires passes; the daemon was started with the suite's fixtures. */
export async function conforms(
  t: TestContext,
  url: string,
  { revision, scenarios }: { revision: string; scenarios: number },
): Promise<void> {
  const { code, output } = await runSuite({ url, revision, cwd: tempHome(t) });
  const names = required(revision);
  assert.equal(names.length, scenarios);
  const summary = output.slice(output.indexOf("=== SUMMARY"));
  const passed = names.filter((name) => new RegExp(`^✓ ${name}: `, "m").test(summary));
  t.diagnostic(`MCP ${revision}: ${passed.length} of ${names.length} required scenarios pass`);
  assert.deepEqual(passed, names, output);
  assert.equal(code, 0, output);
}
