// Whether mcporter, a client for the command line, can list the tools, define and run.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cliCommand } from "../support/cli.ts";
import { foreignClient, HASH_OUTPUT, HASH_RUN, HASH_WORKFLOW } from "../support/clients.ts";
import { TOOL_NAMES } from "../support/tool-names.ts";
import { startTestDaemon } from "../support/daemon.ts";

test("mcporter lists, defines and runs, over stdio and over HTTP", async (t) => {
  const daemon = await startTestDaemon(t);
  const mcporter = foreignClient(t, "mcporter/dist/cli.js");
  const stdio = (...args: string[]) => {
    const { command, args: argv } = cliCommand(["mcp", ...args]);
    return { command, args: argv, env: { OPCODE_HOME: daemon.home } };
  };
  const config = join(daemon.home, "mcporter.json");
  const mcpServers = {
    stdio: stdio(),
    http: { baseUrl: `${daemon.url}/mcp` },
    plain: stdio("--names", "underscore"),
  };
  writeFileSync(config, JSON.stringify({ mcpServers, imports: [] }));
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await mcporter.run(["--config", config, ...args]);
    assert.equal(code, 0, stderr + stdout);
    return JSON.parse(stdout);
  };
  for (const server of ["stdio", "http"]) {
    const call = (tool: string, args: unknown) => {
      const target = ["--server", server, "--tool", tool];
      return run("call", ...target, "--args", JSON.stringify(args), "--output", "json");
    };
    const listed = await run("list", server, "--json");
    assert.deepEqual(listed.tools.map((tool: any) => tool.name), TOOL_NAMES);
    const defined = await call("opcode.define", { ...HASH_WORKFLOW, name: server });
    assert.deepEqual(defined, { name: server, version: "v1" });
    const result = await call("opcode.run", { ...HASH_RUN, template_name: server });
    assert.equal(result.output.hash, HASH_OUTPUT);
    const uri = `opcode://templates/${server}`;
    const read = await run("resource", server, uri, "--json");
    assert.deepEqual(read.definition, HASH_WORKFLOW.definition);
  }
  // Its short form splits at dots: with underscores every tool can be said so.
  const listed = await run("call", "plain.opcode_query", "resource=templates", "--output", "json");
  assert.deepEqual(listed.templates.map((row: any) => row.name), ["http", "stdio"]);
});
