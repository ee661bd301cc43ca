// The official SDK clients, old and new, over HTTP and over stdio, behind one small interface.

import { Client as ClientV2, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport as StdioV2 } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport as StdioV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { cliCommand } from "./cli.ts";

export interface SdkProgress {
  progress: number;
  total?: number | undefined;
  message?: string | undefined;
}

export interface SdkClient {
  /** The revision agreed on. */
  version: string | undefined;
  tools(): Promise<string[]>;
  call(
    name: string,
    args: Record<string, unknown>,
    onprogress?: (progress: SdkProgress) => void,
  ): Promise<any>;
  close(): Promise<void>;
}

export interface SdkKind {
  name: string;
  /** `args`: more words for the command line of the bridge, where there is one. */
  connect(url: string, args?: string[]): Promise<SdkClient>;
}

const INFO = { name: "test", version: "1" };

async function connectV2(
  transport: StreamableHTTPClientTransport | StdioV2,
  mode: "legacy" | "auto",
): Promise<SdkClient> {
  const client = new ClientV2(INFO, { versionNegotiation: { mode } });
  await client.connect(transport);
  return {
    version: client.getNegotiatedProtocolVersion(),
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: (name, args, onprogress) =>
      client.callTool({ name, arguments: args }, onprogress && { onprogress }),
    close: () => client.close(),
  };
}

async function connectV1(transport: HttpV1 | SSEClientTransport | StdioV1): Promise<SdkClient> {
  let version: string | undefined;
  const client = new ClientV1(INFO);
  const target = transport as Parameters<ClientV1["connect"]>[0];
  target.setProtocolVersion = ((set) => (agreed: string) => {
    version = agreed;
    set?.(agreed);
  })(target.setProtocolVersion?.bind(target));
  await client.connect(target);
  return {
    version,
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: (name, args, onprogress) =>
      client.callTool({ name, arguments: args }, undefined, onprogress && { onprogress }),
    close: () => client.close(),
  };
}

/** `opcode mcp` as a stdio server for a client, joined to the daemon at that URL. */
const bridge = (url: string, args: string[] = []) => ({
  ...cliCommand(["--url", url, "mcp", ...args]),
  stderr: "pipe" as const,
});
const http = (url: string) => new StreamableHTTPClientTransport(new URL(`${url}/mcp`));

export const SDK_CLIENTS: SdkKind[] = [
  { name: "v2 client, 2026-07-28, /mcp", connect: (url) => connectV2(http(url), "auto") },
  { name: "v2 client, 2025-11-25, /mcp", connect: (url) => connectV2(http(url), "legacy") },
  { name: "v1 client, /mcp", connect: (url) => connectV1(new HttpV1(new URL(`${url}/mcp`))) },
  {
    name: "v1 client, /sse",
    connect: (url) => connectV1(new SSEClientTransport(new URL(`${url}/sse`))),
  },
  {
    name: "v2 client, 2026-07-28, stdio",
    connect: (url, args) => connectV2(new StdioV2(bridge(url, args)), "auto"),
  },
  {
    name: "v2 client, 2025-11-25, stdio",
    connect: (url, args) => connectV2(new StdioV2(bridge(url, args)), "legacy"),
  },
  {
    name: "v1 client, stdio",
    connect: (url, args) => connectV1(new StdioV1(bridge(url, args))),
  },
];
