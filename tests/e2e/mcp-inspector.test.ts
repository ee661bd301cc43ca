// Whether the official MCP inspector can list the tools, define and run, in both eras.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cliCommand } from "../support/cli.ts";
import { foreignClient, HASH_OUTPUT, HASH_RUN, HASH_WORKFLOW } from "../support/clients.ts";
import { TOOL_NAMES } from "../support/tool-names.ts";
import { startTestDaemon } from "../support/daemon.ts";

const MAIN = "@modelcontextprotocol/inspector/clients/launcher/build/index.js";

/** Where the workflow is defined and run too: one way of each era and transport. */
const WHOLE = ["stdio", "mcp modern"];

test("the inspector lists, defines and runs over stdio, /mcp and /sse", async (t) => {
  const daemon = await startTestDaemon(t);
  const inspector = foreignClient(t, MAIN);
  const config = join(daemon.home, "inspector.json");
  const { command, args } = cliCommand(["mcp"]);
  const stdio = { command, args, env: { OPCODE_HOME: daemon.home } };
  writeFileSync(config, JSON.stringify({ mcpServers: { stdio } }));
  const ways: Record<string, string[]> = {
    stdio: ["--config", config, "--server", "stdio"],
    "stdio modern": ["--config", config, "--server", "stdio", "--protocol-era", "modern"],
    mcp: ["--server-url", `${daemon.url}/mcp`, "--transport", "http"],
    "mcp modern": ["--server-url", `${daemon.url}/mcp`, "--protocol-era", "modern"],
    sse: ["--server-url", `${daemon.url}/sse`, "--transport", "sse"],
  };
  for (const [name, way] of Object.entries(ways)) {
    const ask = async (...rest: string[]) => {
      const options = ["--cli", ...way, "--format", "json", "--quiet", ...rest];
      const { code, stdout, stderr } = await inspector.run(options, {
        env: { MCP_INSPECTOR_SECRET_STORE: "memory" },
      });
      assert.equal(code, 0, `${name}: ${stderr}${stdout}`);
      return JSON.parse(stdout).result;
    };
    const call = (tool: string, args: unknown) => {
      const json = JSON.stringify(args);
      return ask("--method", "tools/call", "--tool-name", tool, "--tool-args-json", json);
    };
    const { tools } = await ask("--method", "tools/list", "--strict");
    assert.deepEqual(tools.map((tool: any) => tool.name), TOOL_NAMES, name);
    if (!WHOLE.includes(name)) continue;
    const defined = await call("opcode.define", { ...HASH_WORKFLOW, name });
    assert.deepEqual(defined.structuredContent, { name, version: "v1" });
    const { structuredContent } = await call("opcode.run", { ...HASH_RUN, template_name: name });
    assert.equal(structuredContent.output.hash, HASH_OUTPUT, name);
  }
});
