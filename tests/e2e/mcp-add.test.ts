// Whether `opcode mcp add` makes a client start this opcode, and says what it has done.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { runCli } from "../support/cli.ts";
import { endDaemonOf, tempHome } from "../support/daemon.ts";
import { scratch } from "../support/scratch.ts";
import { startBridge } from "../support/stdio.ts";

/** `opcode mcp WORDS` of a user whose files are in a folder of their own. */
function user(t: TestContext) {
  const home = scratch(t);
  const data = tempHome(t);
  const env = { HOME: home, OPCODE_HOME: data, OPCODE_LISTEN_ADDR: "127.0.0.1:0" };
  return { home, data, env, mcp: (...words: string[]) => runCli(["mcp", ...words], { env }) };
}

test("what is written for a client starts this opcode, on the same data", async (t) => {
  const { home, data, env, mcp } = user(t);
  const { code, stdout, stderr } = await mcp("add", "cursor");
  assert.equal(code, 0, stderr);
  const file = join(home, ".cursor", "mcp.json");
  assert.equal(stdout, `Cursor: opcode is added to ${file}\n`);
  const { opcode } = JSON.parse(readFileSync(file, "utf8")).mcpServers;
  assert.deepEqual(opcode.env, { OPCODE_HOME: data });
  const command = [opcode.command, ...opcode.args] as [string, ...string[]];
  const bridge = startBridge(t, { command, env: { ...env, ...opcode.env } });
  await bridge.initialize();
  endDaemonOf(t, data);
  const { result: { tools } } = await bridge.ask("tools/list");
  assert.ok(tools.some(({ name }: { name: string }) => name === "opcode_run"));
  assert.equal(await bridge.end(), 0);
});

test("it is told what is where, and a second time changes nothing", async (t) => {
  const { home, mcp } = user(t);
  const file = join(home, ".gemini", "settings.json");
  mkdirSync(join(home, ".gemini"));
  writeFileSync(file, '{"theme": "x"}');
  const { stdout: printed } = await mcp("add", "gemini", "--print");
  assert.equal(JSON.parse(printed).args.at(-1), "underscore");
  assert.equal(readFileSync(file, "utf8"), '{"theme": "x"}');
  assert.match((await mcp("list")).stderr, /no client has opcode yet: .* mcp add claude/);
  const added = await mcp("add", "gemini");
  const backup = /what it was: (.+)\n/.exec(added.stderr)![1]!;
  assert.equal(readFileSync(backup, "utf8"), '{"theme": "x"}');
  const text = readFileSync(file, "utf8");
  assert.match((await mcp("add", "gemini")).stdout, /^Gemini CLI: opcode is already in /);
  assert.equal(readFileSync(file, "utf8"), text);
  const listed = await runCli(["mcp", "list", "--json"], { env: { HOME: home } });
  const { clients } = JSON.parse(listed.stdout);
  assert.deepEqual(
    clients.map(({ client, state }: { client: string; state: string }) => [client, state])
      .filter(([, state]: string[]) => state !== "no file"),
    [["gemini", "configured"]],
  );
  assert.match((await mcp("remove", "gemini")).stdout, /opcode is taken out of /);
  assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), { theme: "x", mcpServers: {} });
});

test("what is asked wrongly is said, and what cannot be changed is left alone", async (t) => {
  const { home, mcp } = user(t);
  writeFileSync(join(home, ".claude.json"), "{ nonsense");
  const cases: [string[], number, RegExp][] = [
    [["ad", "claude"], 2, /VERB: must be one of add, remove, list, .*did you mean "add"/],
    [["add"], 2, /needs a client: claude, cursor/],
    [["add", "cloud"], 2, /CLIENT: must be one of .*"cloud"/],
    [["list", "claude"], 2, /takes no client/],
    [["remove", "claude", "--print"], 2, /--print: is only of mcp add/],
    [["--print"], 2, /--print: is only of mcp add/],
    [["--json"], 2, /takes no --json/],
    [["add", "claude"], 1, /\.claude\.json is no JSON: .*; nothing was changed/],
  ];
  for (const [words, wanted, text] of cases) {
    const { code, stdout, stderr } = await mcp(...words);
    assert.match(stdout + stderr, text);
    assert.equal(code, wanted, `${words}: ${stderr}`);
  }
  assert.match((await mcp("list")).stdout, /claude +unreadable +\S+\.claude\.json is no JSON/);
});
