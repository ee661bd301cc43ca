// The official SDK clients, old and new, behind one small interface.

import { Client as ClientV2, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

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
  connect(url: string): Promise<SdkClient>;
}

const INFO = { name: "test", version: "1" };

async function connectV2(url: string, mode: "legacy" | "auto"): Promise<SdkClient> {
  const client = new ClientV2(INFO, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  return {
    version: client.getNegotiatedProtocolVersion(),
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: (name, args, onprogress) =>
      client.callTool({ name, arguments: args }, onprogress && { onprogress }),
    close: () => client.close(),
  };
}

async function connectV1(transport: HttpV1 | SSEClientTransport): Promise<SdkClient> {
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

export const SDK_CLIENTS: SdkKind[] = [
  { name: "v2 client, 2026-07-28, /mcp", connect: (url) => connectV2(url, "auto") },
  { name: "v2 client, 2025-11-25, /mcp", connect: (url) => connectV2(url, "legacy") },
  { name: "v1 client, /mcp", connect: (url) => connectV1(new HttpV1(new URL(`${url}/mcp`))) },
  {
    name: "v1 client, /sse",
    connect: (url) => connectV1(new SSEClientTransport(new URL(`${url}/sse`))),
  },
];
