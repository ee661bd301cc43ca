// Into which MCP clients opcode can be written: where their configuration stands, and how a server looks in it.

import { join } from "node:path";
import type { JsonObject } from "../../core/json.ts";

/** Where somebody's files are. */
export interface Machine {
  home: string;
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  exists(path: string): boolean;
  /** The major version of a program that a shell would find; undefined where there is none. */
  majorOf(program: string): number | undefined;
}

/** What the client starts. */
export interface Started {
  command: string;
  args: string[];
  env: Record<string, string>;
}

export interface McpClient {
  id: string;
  name: string;
  form: "json" | "toml";
  file(machine: Machine): string;
  /** The members that lead to the servers, in a configuration as it stands. */
  path(config: JsonObject, machine: Machine): readonly string[];
  entry(started: Started): JsonObject;
}

/** Members by which an entry says what is reached or started: those of another way would contradict. */
export const OF_WAY = [
  ...["type", "command", "args", "url", "httpUrl", "serverUrl", "headers", "http_headers"],
  ...["bearer_token_env_var", "source"],
];

const withEnv = ({ command, args, env }: Started): JsonObject => ({
  command,
  args,
  ...(Object.keys(env).length > 0 && { env }),
});

const stdio = (started: Started): JsonObject => ({ type: "stdio", ...withEnv(started) });

const configHome = ({ env, home }: Machine) => env.XDG_CONFIG_HOME || join(home, ".config");

export const MCP_CLIENTS: readonly McpClient[] = [
  {
    id: "claude",
    name: "Claude Code",
    form: "json",
    file: ({ env, home }) => join(env.CLAUDE_CONFIG_DIR || home, ".claude.json"),
    path: () => ["mcpServers"],
    entry: stdio,
  },
  {
    id: "cursor",
    name: "Cursor",
    form: "json",
    file: ({ home }) => join(home, ".cursor", "mcp.json"),
    path: () => ["mcpServers"],
    entry: withEnv,
  },
  {
    id: "vscode",
    name: "VS Code",
    form: "json",
    file: (machine) =>
      machine.platform === "darwin"
        ? join(machine.home, "Library", "Application Support", "Code", "User", "mcp.json")
        : join(configHome(machine), "Code", "User", "mcp.json"),
    path: () => ["servers"],
    entry: stdio,
  },
  {
    id: "opencode",
    name: "opencode",
    form: "json",
    file: (machine) => {
      if (machine.env.OPENCODE_CONFIG) return machine.env.OPENCODE_CONFIG;
      const file = join(configHome(machine), "opencode", "opencode.json");
      return !machine.exists(file) && machine.exists(`${file}c`) ? `${file}c` : file;
    },
    path: opencodePath,
    entry: ({ command, args, env }) => ({
      type: "local",
      command: [command, ...args],
      ...(Object.keys(env).length > 0 && { environment: env }),
    }),
  },
  {
    id: "codex",
    name: "Codex",
    form: "toml",
    file: ({ env, home }) => join(env.CODEX_HOME || join(home, ".codex"), "config.toml"),
    path: () => ["mcp_servers"],
    entry: withEnv,
  },
  {
    id: "gemini",
    name: "Gemini CLI",
    form: "json",
    file: ({ home }) => join(home, ".gemini", "settings.json"),
    path: () => ["mcpServers"],
    entry: withEnv,
  },
  {
    id: "zed",
    name: "Zed",
    form: "json",
    file: (machine) => join(configHome(machine), "zed", "settings.json"),
    path: () => ["context_servers"],
    entry: withEnv,
  },
];

/** Its second version keeps servers one member deeper, and each takes the other's form for a fault. */
function opencodePath({ mcp }: JsonObject, machine: Machine): readonly string[] {
  const first = ["mcp"];
  const second = ["mcp", "servers"];
  const names = Object.keys((mcp ?? {}) as JsonObject);
  if (names.includes("servers")) return second;
  if (names.length > 0) return first;
  return machine.majorOf("opencode") === 1 ? first : second;
}
