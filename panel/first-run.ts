// What a daemon that has done nothing yet offers: how clients connect to it, and workflows to begin with.

export interface Client {
  id: string;
  name: string;
  /** Where its configuration stands. */
  file: string;
  /** What is written there. */
  text: string;
}

/** The variable from which clients take the token; the token itself stands in no page. */
const VARIABLE = "OPCODE_TOKEN";

/** `url`: of the daemon. `needsToken`: requests have to prove who they are from. */
export function clientsOf(url: string, needsToken: boolean): Client[] {
  const mcp = `${url}/mcp`;
  const headers = (token: string) =>
    needsToken ? { headers: { Authorization: `Bearer ${token}` } } : {};
  const json = (value: object) => JSON.stringify(value, null, 2);
  return [
    {
      id: "claude-code",
      name: "Claude Code",
      file: ".mcp.json in the project",
      text: json({
        mcpServers: { opcode: { type: "http", url: mcp, ...headers(`\${${VARIABLE}}`) } },
      }),
    },
    {
      id: "cursor",
      name: "Cursor",
      file: "~/.cursor/mcp.json, or .cursor/mcp.json in the project",
      text: json({ mcpServers: { opcode: { url: mcp, ...headers(`\${env:${VARIABLE}}`) } } }),
    },
    {
      id: "vs-code",
      name: "VS Code",
      file: ".vscode/mcp.json in the workspace",
      text: json({
        ...(needsToken && {
          inputs: [{ type: "promptString", id: "opcode", description: "Token", password: true }],
        }),
        servers: { opcode: { type: "http", url: mcp, ...headers("${input:opcode}") } },
      }),
    },
    {
      id: "opencode",
      name: "opencode",
      file: "opencode.json in the project, or ~/.config/opencode/opencode.json",
      text: json({
        $schema: "https://opencode.ai/config.json",
        mcp: {
          servers: { opcode: { type: "remote", url: mcp, ...headers(`{env:${VARIABLE}}`) } },
        },
      }),
    },
    {
      id: "codex",
      name: "Codex",
      file: "~/.codex/config.toml",
      text: [
        "[mcp_servers.opcode]",
        `url = ${JSON.stringify(mcp)}`,
        ...(needsToken ? [`bearer_token_env_var = "${VARIABLE}"`] : []),
      ].join("\n"),
    },
    {
      id: "gemini",
      name: "Gemini CLI",
      file: "~/.gemini/settings.json",
      text: json({ mcpServers: { opcode: { httpUrl: mcp, ...headers(`$${VARIABLE}`) } } }),
    },
  ];
}

export interface Example {
  name: string;
  title: string;
  description: string;
  input_schema?: object;
  definition: object;
}

/** None touches anything outside of the daemon. */
export const EXAMPLES: readonly Example[] = [
  {
    name: "example-side-by-side",
    title: "Steps side by side",
    description: "Draws an id and greets at the same time, hashes the one and logs both.",
    input_schema: {
      type: "object",
      properties: { name: { type: "string", default: "world", description: "Whom to greet" } },
    },
    definition: {
      steps: [
        { id: "draw", action: "crypto.uuid" },
        { id: "greet", action: "expr.eval", params: { expression: "'Hello, ' + inputs.name" } },
        {
          id: "hash",
          action: "crypto.hash",
          depends_on: ["draw"],
          params: { data: "${{steps.draw.output.uuid}}" },
        },
        {
          id: "tell",
          action: "workflow.log",
          depends_on: ["greet", "hash"],
          params: {
            message: "${{steps.greet.output.result}}",
            data: { hash: "${{steps.hash.output.hash}}" },
          },
        },
      ],
    },
  },
  {
    name: "example-decision",
    title: "A decision",
    description: "Asks somebody, waits up to an hour for the answer, and does what was chosen.",
    definition: {
      steps: [
        {
          id: "ask",
          type: "reasoning",
          config: {
            prompt_context: "Shall this run go on?",
            options: [
              { id: "go", description: "Say so in the log" },
              { id: "stop", description: "Leave it at that" },
            ],
            timeout: "1h",
            fallback: "stop",
          },
        },
        {
          id: "act",
          type: "condition",
          depends_on: ["ask"],
          config: {
            expression: "steps.ask.output.choice",
            branches: {
              go: [{ id: "say", action: "workflow.log", params: { message: "it goes on" } }],
              stop: [],
            },
          },
        },
      ],
    },
  },
  {
    name: "example-loop",
    title: "A loop that takes its time",
    description:
      "Hashes five words with two seconds between them: a run to look at while it goes on.",
    definition: {
      steps: [
        {
          id: "each",
          type: "loop",
          config: {
            over: ["red", "orange", "yellow", "green", "blue"],
            body: [
              { id: "rest", type: "wait", config: { duration: "2s" } },
              { id: "hash", action: "crypto.hash", params: { data: "${{loop.item}}" } },
            ],
          },
        },
      ],
    },
  },
];
