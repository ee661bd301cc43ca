// Which Accept headers allow JSON, and which a stream.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readAccept } from "../../../server/mcp/accept.ts";
import { INITIALIZE, mcpApp, post } from "../../support/mcp-app.ts";
import { scriptedOpcode } from "../../support/scripted-opcode.ts";

const CASES: [header: string | null, json: boolean, stream: boolean][] = [
  [null, true, true],
  ["", true, true],
  ["*/*", true, true],
  ["application/json, text/event-stream", true, true],
  ["Application/JSON , TEXT/Event-Stream", true, true],
  ["application/*, text/*", true, true],
  ["application/*", true, false],
  ["text/*;q=0.5", false, true],
  ["application/json;charset=utf-8", true, false],
  ["application/json;q=0, text/event-stream", false, true],
  ["application/json; Q=0.000 , */*", false, true],
  ["*/*;q=0, text/event-stream", false, true],
  ["*/*, text/event-stream;q=0", true, false],
  ["text/*;q=0, */*;q=0.001", true, false],
  ["application/json;q=0.001", true, false],
  ["*/*;q=0", false, false],
  ["text/html", false, false],
  ["text/html, application/jsonp, xtext/event-stream", false, false],
  ['text/html;note="application/json, text/event-stream"', false, false],
  [",, application/json ,", true, false],
];

for (const [header, json, stream] of CASES) {
  test(`Accept: ${header}`, () => assert.deepEqual(readAccept(header), { json, stream }));
}

test("a POST is answered as its Accept has it, and 406 when by neither", async (t) => {
  const app = mcpApp(t, { opcode: scriptedOpcode({}) });
  for (const [accept, json, stream] of CASES) {
    if (accept === null) continue;
    const { status, headers, body } = await post(app, INITIALIZE, { headers: { accept } });
    if (!json && !stream) assert.deepEqual([status, body.error.code], [406, -32000], accept);
    else {
      assert.equal(status, 200, accept);
      const type = json ? "application/json" : "text/event-stream";
      assert.ok(headers.get("content-type")!.startsWith(type), accept);
      const id = headers.get("mcp-session-id")!;
      const listening = await app.fetch("/mcp", { headers: { accept, "mcp-session-id": id } });
      assert.equal(listening.status, stream ? 200 : 406, accept);
      await listening.body?.cancel();
    }
  }
});
