// Whether the daemon is a conforming MCP server: the official suite, against the real stack.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startTestDaemon, tempHome } from "../support/daemon.ts";

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

for (const [revision, scenarios] of [["2026-07-28", 37], ["2025-11-25", 30]] as const) {
  test(`all scenarios that MCP ${revision} requires pass`, async (t) => {
    const daemon = await startTestDaemon(t, { conformanceFixtures: true });
    const { code, output } = await runSuite({ url: daemon.url, revision, cwd: tempHome(t) });
    const names = required(revision);
    assert.equal(names.length, scenarios);
    const summary = output.slice(output.indexOf("=== SUMMARY"));
    const passed = names.filter((name) => new RegExp(`^✓ ${name}: `, "m").test(summary));
    t.diagnostic(`MCP ${revision}: ${passed.length} of ${names.length} required scenarios pass`);
    assert.deepEqual(passed, names, output);
    assert.equal(code, 0, output);
  });
}
