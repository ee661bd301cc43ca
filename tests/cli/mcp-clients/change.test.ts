// Whether opcode is written into each client's configuration, and all else in it stays as it was.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parse as parseJsonc } from "jsonc-parser";
import { parse as parseToml } from "smol-toml";
import { standing, takenOut, written } from "../../../cli/mcp-clients/change.ts";
import { ConfigFault } from "../../../cli/mcp-clients/form.ts";
import { type Machine, MCP_CLIENTS, type McpClient } from "../../../cli/mcp-clients/clients.ts";

const started = { command: "/bin/opcode", args: ["mcp"], env: {} };

const machine: Machine = {
  home: "/ada",
  platform: "linux",
  env: {},
  exists: () => false,
  majorOf: () => undefined,
};

const client = (id: string): McpClient => MCP_CLIENTS.find((one) => one.id === id)!;
const add = (id: string, text?: string, more: object = {}) =>
  written(client(id), text, { started: { ...started, ...more }, machine });
const read = ({ form }: McpClient, text: string) =>
  JSON.parse(JSON.stringify(form === "toml" ? parseToml(text) : parseJsonc(text)));

describe("each client", () => {
  for (const one of MCP_CLIENTS) {
    test(`${one.id}: added to nothing, known again, and taken out`, () => {
      const { text, state } = add(one.id);
      assert.equal(state, "added");
      assert.deepEqual(add(one.id, text).state, "unchanged");
      assert.deepEqual(standing(one, text, machine).entry, one.entry(started));
      const gone = takenOut(one, text, machine);
      assert.equal(gone.state, "removed");
      assert.equal(standing(one, gone.text, machine).entry, undefined);
      assert.equal(takenOut(one, gone.text, machine).state, "unchanged");
    });
  }
});

test("what was not ours stays to the letter", () => {
  const json =
    '// mine\n{\n\t"a": 1, // one\n\t"mcpServers": { "other": { "command": "x" } },\n}\n';
  const changed = add("cursor", json).text!;
  assert.ok(changed.startsWith('// mine\n{\n\t"a": 1, // one\n'), changed);
  assert.deepEqual(read(client("cursor"), changed).mcpServers.other, { command: "x" });
  const toml = '# mine\nmodel = "x" # best\n\n[mcp_servers.other]\ncommand = "y"\n\n[tui]\na = 1\n';
  const added = add("codex", toml).text!;
  assert.ok(added.startsWith(toml), added);
  assert.equal(takenOut(client("codex"), added, machine).text, toml);
});

test("what somebody has added to the entry is kept, another way to the daemon is not", () => {
  const before = JSON.stringify({
    mcpServers: { opcode: { type: "http", url: "http://x", timeout: 5, env: { A: "1" } } },
  });
  const { state, entry } = add("claude", before);
  assert.equal(state, "changed");
  assert.deepEqual(entry, {
    ...{ timeout: 5, env: { A: "1" } },
    ...{ type: "stdio", command: "/bin/opcode", args: ["mcp"] },
  });
  const toml = '[mcp_servers.opcode]\nurl = "http://x"\nstartup_timeout_sec = 9\n' +
    '[mcp_servers.opcode.env]\nA = "1"\n[other]\nb = 2\n';
  const text = add("codex", toml).text!;
  assert.deepEqual(read(client("codex"), text), {
    mcp_servers: {
      opcode: {
        ...{ command: "/bin/opcode", args: ["mcp"], startup_timeout_sec: 9 },
        env: { A: "1" },
      },
    },
    other: { b: 2 },
  });
});

test("opencode's two versions keep servers at different depths", () => {
  const at = (text: string | undefined, major?: number) =>
    client("opencode").path(text ? JSON.parse(text) : {}, { ...machine, majorOf: () => major })
      .join(".");
  assert.equal(at(undefined), "mcp.servers");
  assert.equal(at(undefined, 1), "mcp");
  assert.equal(at(undefined, 2), "mcp.servers");
  assert.equal(at('{"mcp": {"x": {"type": "local"}}}', 2), "mcp");
  assert.equal(at('{"mcp": {"servers": {}}}', 1), "mcp.servers");
});

test("files follow the variables that the clients follow", () => {
  const file = (id: string, env: Record<string, string>, more: Partial<Machine> = {}) =>
    client(id).file({ ...machine, ...more, env });
  assert.equal(file("codex", {}), "/ada/.codex/config.toml");
  assert.equal(file("codex", { CODEX_HOME: "/c" }), "/c/config.toml");
  assert.equal(file("claude", { CLAUDE_CONFIG_DIR: "/c" }), "/c/.claude.json");
  assert.equal(file("zed", { XDG_CONFIG_HOME: "/x" }), "/x/zed/settings.json");
  assert.match(file("vscode", {}, { platform: "darwin" }), /Application Support\/Code\/User/);
  const hasComments = { exists: (path: string) => path.endsWith(".jsonc") };
  assert.match(file("opencode", {}, hasComments), /opencode\.jsonc$/);
});

test("what cannot be changed for certain is left alone, with the reason", () => {
  const refused: [string, string, RegExp][] = [
    ["cursor", "{", /is no JSON: \w+ in line 1/],
    ["cursor", "[]", /holds no JSON object/],
    ["cursor", '{"mcpServers": []}', /has something else at mcpServers$/],
    ["cursor", '{"mcpServers": {"opcode": "x"}}', /has something else at mcpServers\.opcode$/],
    ["codex", "a = ", /is no TOML/],
    ["codex", "mcp_servers = 1", /has something else at mcp_servers$/],
    ["codex", 'mcp_servers = { x = { command = "y" } }', /do it by hand/],
    ["codex", 'a = """\n[mcp_servers.opcode]\n"""\n', /do it by hand/],
  ];
  for (const [id, text, wanted] of refused) {
    assert.throws(() => add(id, text), (thrown: unknown) => {
      assert.ok(thrown instanceof ConfigFault, String(thrown));
      assert.match(thrown.message, wanted);
      return true;
    }, text);
  }
});

test("names that only look like ours are others", () => {
  const toml = '[mcp_servers.opcode2]\ncommand = "a"\n\n[mcp_servers."opcode"]\ncommand = "b"\n';
  const { state, text } = add("codex", toml);
  assert.equal(state, "changed");
  assert.deepEqual(read(client("codex"), text!).mcp_servers, {
    opcode2: { command: "a" },
    opcode: { command: "/bin/opcode", args: ["mcp"] },
  });
});
