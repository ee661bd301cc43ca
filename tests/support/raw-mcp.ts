// How tests that count every byte speak MCP: a session's headers, and nothing between them and /mcp.

const REVISION = "2025-11-25";

/** Opens a session; what answers are the headers of its further requests. */
export async function mcpSession(url: string, token?: string): Promise<Record<string, string>> {
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const response = await fetch(`${url}/mcp`, {
    method: "POST",
    headers,
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: {
        protocolVersion: REVISION,
        capabilities: {},
        clientInfo: { name: "test", version: "1" },
      },
    }),
  });
  await response.text();
  const id = response.headers.get("mcp-session-id");
  const session = {
    ...headers,
    ...(id && { "mcp-session-id": id }),
    "mcp-protocol-version": REVISION,
  };
  await fetch(`${url}/mcp`, {
    method: "POST",
    headers: session,
    body: JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }),
  }).then((answer) => answer.text());
  return session;
}
