// How a test plays the model of a coding agent: an OpenAI-compatible server that follows a script.

import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterwards, type Cleanup } from "./daemon.ts";

/** What the model says in one turn: text for the user, or a call of a tool. */
export type Turn = { text: string } | { tool: string; args: unknown };

/** What the agent asked in one turn. */
export interface ModelRequest {
  tools: string[];
  /** The text of the last message: what the user said, or what a tool answered. */
  last: string;
}

/**
 * Serves `/chat/completions` on loopback. `turn` is asked for each request that offers tools; the
 * others (agents ask for a title) get a fixed answer.
 */
export async function startModel(
  t: Cleanup,
  turn: (request: ModelRequest, at: number) => Turn,
): Promise<string> {
  let at = 0;
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const body = JSON.parse(text);
    const tools = (body.tools ?? []).map((tool: any) => tool.function.name);
    const content = body.messages.at(-1).content;
    const last = typeof content === "string" ? content : JSON.stringify(content);
    try {
      say(response, tools.length === 0 ? { text: "a title" } : turn({ tools, last }, at++), at);
    } catch (error) {
      // The agent shows the text, so the test that looks at its answer shows it too.
      say(response, { text: (error as Error).message }, at);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterwards(t, () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

function say(response: ServerResponse, turn: Turn, at: number): void {
  const delta = "text" in turn ? { role: "assistant", content: turn.text } : {
    role: "assistant",
    tool_calls: [{
      index: 0,
      id: `call_${at}`,
      type: "function",
      function: { name: turn.tool, arguments: JSON.stringify(turn.args) },
    }],
  };
  response.writeHead(200, { "content-type": "text/event-stream" });
  const chunk = (delta: unknown, finish_reason: string | null) => {
    const choices = [{ index: 0, delta, finish_reason }];
    const data = { id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices };
    response.write(`data: ${JSON.stringify(data)}\n\n`);
  };
  chunk(delta, null);
  chunk({}, "text" in turn ? "stop" : "tool_calls");
  response.end("data: [DONE]\n\n");
}
