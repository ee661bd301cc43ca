// Whether a coding agent, opencode, can use opcode from first to last, with nothing but its configuration.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cliCommand } from "../support/cli.ts";
import {
  foreignClient,
  HASH_OUTPUT,
  HASH_RUN,
  HASH_WORKFLOW,
  isInstalled,
} from "../support/clients.ts";
import { TOOL_NAMES } from "../support/tool-names.ts";
import { afterwards, tempHome } from "../support/daemon.ts";
import { startModel, type Turn } from "../support/scripted-model.ts";

/** The binary of `opencode-ai` for this platform. */
const OPENCODE = "opencode-linux-x64";

const missing = !isInstalled(OPENCODE) && `npm has no ${OPENCODE} for this platform`;

/** opencode puts the server's name before each tool's, and an underscore for each dot. */
const named = (tool: string) => `opcode_${tool.replace(".", "_")}`;

test("opencode lists the tools, defines, runs and answers", { skip: missing }, async (t) => {
  const opencode = foreignClient(t, `${OPENCODE}/bin/opencode`);
  const home = tempHome(t);
  const results: string[] = [];
  const model = await startModel(t, ({ tools, last }, at): Turn => {
    if (at > 0) results.push(last);
    switch (at) {
      case 0:
        assert.deepEqual(tools.filter((name) => name.startsWith("opcode_")), TOOL_NAMES.map(named));
        return { tool: named("opcode.define"), args: HASH_WORKFLOW };
      case 1:
        return { tool: named("opcode.run"), args: HASH_RUN };
      default:
        return { text: `The hash is ${JSON.parse(last).output.hash}.` };
    }
  });
  const { command, args } = cliCommand(["mcp"]);
  const config = join(home, "opencode.json");
  writeFileSync(
    config,
    JSON.stringify({
      enabled_providers: ["script"],
      model: "script/m",
      small_model: "script/m",
      provider: {
        script: {
          npm: "@ai-sdk/openai-compatible",
          options: { baseURL: model, apiKey: "none" },
          models: { m: { name: "m", tool_call: true } },
        },
      },
      mcp: {
        opcode: {
          type: "local",
          command: [command, ...args],
          environment: { OPCODE_HOME: home, OPCODE_LISTEN_ADDR: "127.0.0.1:0" },
        },
      },
    }),
  );
  const { code, stdout, stderr } = await opencode.run(
    ["run", "--format", "json", "--auto", "hash the word hello"],
    {
      env: {
        OPENCODE_CONFIG: config,
        OPENCODE_DISABLE_AUTOUPDATE: "1",
        OPENCODE_DISABLE_MODELS_FETCH: "1",
        OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
      },
    },
  );
  const daemon = JSON.parse(readFileSync(join(home, "daemon.json"), "utf8"));
  afterwards(t, () => process.kill(daemon.pid, "SIGKILL"));
  assert.equal(code, 0, stderr + stdout);
  const said = stdout.trim().split("\n").map((line) => JSON.parse(line))
    .filter(({ type }) => type === "text").map(({ part }) => part.text);
  assert.deepEqual(said, [`The hash is ${HASH_OUTPUT}.`]);
  assert.deepEqual(JSON.parse(results[0]!), { name: "hash", version: "v1" });
  assert.equal(JSON.parse(results[1]!).status, "completed");

  // It ends the processes it has started; the daemon is not among them.
  const health = await fetch(`${daemon.url}/healthz`);
  assert.equal(health.status, 200);
});
